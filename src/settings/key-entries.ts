import type { ConfigDocument, DocumentValue } from '../config/document/config-document.js';
import { isMapping, valueAt, withValueAt } from '../config/option-path.js';

const KEYS = ['gemini', 'api_keys'] as const;

/** The entries of gemini.api_keys as a document has them; none when the keys come from GEMINI_API_KEY. */
export function keyEntries(document: ConfigDocument): readonly DocumentValue[] {
  const entries = valueAt(document, KEYS);
  return Array.isArray(entries) ? (entries as DocumentValue[]) : [];
}

/** The document with other entries. */
export function withKeyEntries(document: ConfigDocument, entries: readonly DocumentValue[]): ConfigDocument {
  return withValueAt(document, KEYS, entries) as ConfigDocument;
}

export function entryId(entry: DocumentValue): string | undefined {
  return isMapping(entry) && typeof entry.id === 'string' ? entry.id : undefined;
}

/**
 * Why the entry of a key cannot be changed for this key alone; undefined when it can. The key may come from
 * GEMINI_API_KEY, or from a variable that holds several keys.
 *
 * @param configured the ids of all keys that the document makes.
 */
export function obstacleTo(
  id: string,
  entries: readonly DocumentValue[],
  configured: readonly string[],
): string | undefined {
  const own = new Set(entries.map(entryId));
  if (!own.has(id)) return 'has no entry of its own in the configuration';
  const others = configured.filter((other) => !own.has(other) && isSibling(other, id));
  return others.length === 0 ? undefined : `shares its entry with ${others.join(', ')}`;
}

/** Of a variable with several keys, the first gets the id of the entry and the others a number. */
function isSibling(id: string, entry: string): boolean {
  return id.startsWith(`${entry}-`) && /^\d+$/.test(id.slice(entry.length + 1));
}
