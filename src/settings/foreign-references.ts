import { type ConfigDocument, isFromReference, isSealedValue } from '../config/document/config-document.js';
import { isMapping, type OptionPath } from '../config/option-path.js';
import { type OptionViolation, violationAt } from '../config/option-violation.js';

interface Found {
  readonly steps: OptionPath;
  /** Path and reference as one text; list items go by their id, so that they may change places. */
  readonly identity: string;
}

/**
 * References in a proposed document that the current one does not hold in the same place. Whoever may propose documents
 * must not read variables and files of the machine, or move a sealed secret to an option that is shown.
 */
export function foreignReferences(proposed: ConfigDocument, current: ConfigDocument): OptionViolation[] {
  const known = new Set(referencesIn(current).map(({ identity }) => identity));
  const message =
    'refers to a variable, a file or a sealed secret: only the configuration file may, give the value itself';
  return referencesIn(proposed)
    .filter(({ identity }) => !known.has(identity))
    .map(({ steps }) => violationAt(steps, message));
}

function referencesIn(value: unknown, steps: OptionPath = [], place: readonly string[] = []): Found[] {
  if (isFromReference(value) || isSealedValue(value)) return [{ steps, identity: JSON.stringify([place, value]) }];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => referencesIn(item, [...steps, index], [...place, nameOf(item, index)]));
  }
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => referencesIn(item, [...steps, name], [...place, name]));
}

function nameOf(item: unknown, index: number): string {
  const id = isMapping(item) ? (item.id ?? item.name) : undefined;
  return typeof id === 'string' ? `#${id}` : String(index);
}
