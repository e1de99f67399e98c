import { isMapping } from '../option-path.js';

/**
 * A configuration as it is stored: plain JSON in which every text means itself. What a replica must look up is marked:
 * `{"$from": "${NAME}"}` (or `file:/path`) is read from its surroundings, `{"$sealed": "…"}` is opened with the vault.
 */
export interface ConfigDocument {
  readonly [name: string]: DocumentValue;
}

export type DocumentValue =
  string | number | boolean | null | readonly DocumentValue[] | { readonly [name: string]: DocumentValue };

export interface FromReference {
  readonly $from: string;
}

export interface SealedValue {
  readonly $sealed: string;
}

export function isFromReference(value: unknown): value is FromReference {
  return hasOnly(value, '$from');
}

export function isSealedValue(value: unknown): value is SealedValue {
  return hasOnly(value, '$sealed');
}

/** The document of a file: texts with `${…}` or `file:` become marked references; the rest stays as written. */
export function documentOfFile(written: Readonly<Record<string, unknown>>): ConfigDocument {
  return mark(written) as ConfigDocument;
}

function mark(value: unknown): DocumentValue {
  if (typeof value === 'string') return /\$\{|^file:/.test(value) ? { $from: value } : value;
  if (Array.isArray(value)) return value.map(mark);
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mark(item)]));
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function hasOnly(value: unknown, name: string): boolean {
  return isMapping(value) && typeof value[name] === 'string' && Object.keys(value).length === 1;
}
