import type { Fields } from '../../kernel/gemini/json-values.js';
import { type ListShape, nameIn } from './list-shape.js';

/** Names that callers use → models that they stand for. */
export type Aliases = Readonly<Record<string, string>>;

const PREFIX = /^models\//;

/** The name of a listed model, without `models/`. */
export function modelIn(shape: ListShape, entry: Fields): string {
  return nameIn(shape, entry).replace(PREFIX, '');
}

/** The entry of a model under the name of an alias, saying what it stands for. */
export function underAlias(shape: ListShape, entry: Fields, alias: string, target: string): Fields {
  const { nameField } = shape;
  const title = nameField === 'name' ? 'displayName' : 'display_name';
  const name = nameIn(shape, entry);
  return {
    ...entry,
    ...(name !== '' && { [nameField]: `${PREFIX.exec(name)?.[0] ?? ''}${alias}` }),
    [title]: `${alias} (stands for ${target})`,
  };
}

/** An entry for each alias whose target is listed, unless there is a model of its name. */
export function aliasEntries(shape: ListShape, models: readonly Fields[], aliases: Aliases): Fields[] {
  const byName = new Map(models.map((entry) => [modelIn(shape, entry), entry]));
  return Object.entries(aliases).flatMap(([alias, target]) => {
    const entry = byName.has(alias) ? undefined : byName.get(target);
    return entry ? [underAlias(shape, entry, alias, target)] : [];
  });
}
