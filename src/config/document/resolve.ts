import { asksForProduction, type Environment, OVERRIDES, variable } from '../environment.js';
import { formatPath, isMapping, type OptionPath, stepsOf, valueAt, withValueAt } from '../option-path.js';
import { type OptionViolation, violationAt } from '../option-violation.js';
import { splitList } from '../scalars/scalar.js';
import { type ConfigDocument, isFromReference, isSealedValue } from './config-document.js';
import { expandKeyLists } from './key-lists.js';
import { lookUp } from './reference.js';

/** What a replica looks references up in. */
export interface Surroundings {
  readonly env: Environment;
  /** Values by option (`auth.jwt_secret`) for what neither the document nor a variable gives. */
  readonly localSecrets?: Readonly<Record<string, string>>;
  /** Opens a `$sealed` value; undefined when it cannot be opened. Without it sealed values are mistakes. */
  unseal?(sealed: string): string | undefined;
}

/** A document whose references were looked up; where each value came from is kept for messages. */
export interface ResolvedDocument {
  readonly value: unknown;
  readonly violations: readonly OptionViolation[];
  /** Path → the variable that is not set. */
  readonly unset: ReadonlyMap<string, string>;
  /** Path → the variable that gave the value. */
  readonly overridden: ReadonlyMap<string, string>;
  /** For each entry of gemini.api_keys the written entry it came from. */
  readonly keyOrigins: readonly number[];
}

/** Looks up what the document refers to and applies the environment's overrides. Never throws. */
export function resolveDocument(document: ConfigDocument, surroundings: Surroundings): ResolvedDocument {
  const lookups = new Lookups(surroundings);
  const written = lookups.resolve(document, []);
  const { value, keyOrigins } = expandKeyLists(written, document);
  const overridden = new Map<string, string>();
  const withKeys = withKeysOfEnvironment(value, surroundings.env, overridden);
  const complete = withOverrides(withKeys, surroundings, overridden);
  return { value: complete, violations: lookups.violations, unset: lookups.unset, overridden, keyOrigins };
}

class Lookups {
  readonly violations: OptionViolation[] = [];
  readonly unset = new Map<string, string>();

  constructor(private readonly surroundings: Surroundings) {}

  /** Options without a value, and references to unset variables, become undefined; in a mapping they go away. */
  resolve(value: unknown, path: OptionPath): unknown {
    if (isFromReference(value)) return this.lookUp(value.$from, path);
    if (isSealedValue(value)) return this.open(value.$sealed, path);
    if (Array.isArray(value)) return value.map((item, index) => this.resolve(item, [...path, index]));
    if (!isMapping(value)) return value ?? undefined;
    const entries = Object.entries(value).map(([name, item]) => [name, this.resolve(item, [...path, name])] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }

  private lookUp(written: string, path: OptionPath): string | undefined {
    const found = lookUp(written, this.surroundings.env);
    if ('text' in found) return found.text;
    if ('unset' in found) this.unset.set(formatPath(path), found.unset);
    else this.violations.push(violationAt(path, found.problem));
    return undefined;
  }

  private open(sealed: string, path: OptionPath): string | undefined {
    const opened = this.surroundings.unseal?.(sealed);
    const message = 'was sealed with another master key: start with that key, or give the secret again';
    if (opened === undefined) this.violations.push(violationAt(path, message));
    return opened;
  }
}

function withKeysOfEnvironment(value: unknown, env: Environment, overridden: Map<string, string>): unknown {
  const written = valueAt(value, ['gemini', 'api_keys']);
  const texts = splitList(variable(env, 'GEMINI_API_KEY') ?? '');
  if (texts.length === 0 || (written !== undefined && !(Array.isArray(written) && written.length === 0))) return value;
  const keys = texts.map((key, index) => ({ id: index === 0 ? 'primary' : `primary-${index + 1}`, key }));
  keys.forEach((_, index) => overridden.set(`gemini.api_keys[${index}].key`, 'GEMINI_API_KEY'));
  return withValueAt(value, ['gemini', 'api_keys'], keys);
}

function withOverrides(value: unknown, surroundings: Surroundings, overridden: Map<string, string>): unknown {
  const { env, localSecrets = {} } = surroundings;
  let result = value;
  for (const [name, option] of Object.entries(OVERRIDES)) {
    const text = variable(env, name);
    if (text === undefined) continue;
    overridden.set(option, name);
    result = withValueAt(result, stepsOf(option), text);
  }
  const weakest = { ...localSecrets, ...(asksForProduction(env) && { 'security.environment': 'production' }) };
  for (const [option, text] of Object.entries(weakest)) {
    const path = stepsOf(option);
    if ((valueAt(result, path) ?? '') === '') result = withValueAt(result, path, text);
  }
  return result;
}
