import { isMapping, valueAt, withValueAt } from '../option-path.js';
import { splitList } from '../scalars/scalar.js';
import { type ConfigDocument, isFromReference } from './config-document.js';

const KEYS = ['gemini', 'api_keys'] as const;

export interface ExpandedKeys {
  readonly value: unknown;
  /** For each entry the index of the written entry it came from. */
  readonly keyOrigins: readonly number[];
}

/**
 * An entry of gemini.api_keys whose referenced text holds several keys, separated by commas, becomes several entries
 * (`primary`, `primary-2`, …) that are alike in everything else.
 */
export function expandKeyLists(resolved: unknown, document: ConfigDocument): ExpandedKeys {
  const entries = valueAt(resolved, KEYS);
  if (!Array.isArray(entries)) return { value: resolved, keyOrigins: [] };
  const expanded = entries.flatMap((entry: unknown, origin) => {
    const referenced = isFromReference(valueAt(document, [...KEYS, origin, 'key']));
    return (referenced ? split(entry) : [entry]).map((item) => ({ item, origin }));
  });
  return {
    value: withValueAt(
      resolved,
      KEYS,
      expanded.map(({ item }) => item),
    ),
    keyOrigins: expanded.map(({ origin }) => origin),
  };
}

function split(entry: unknown): unknown[] {
  if (!isMapping(entry) || typeof entry.key !== 'string' || !entry.key.includes(',')) return [entry];
  const texts = [...new Set(splitList(entry.key))];
  return texts.map((key, index) => ({ ...entry, key, ...(index > 0 && { id: `${String(entry.id)}-${index + 1}` }) }));
}
