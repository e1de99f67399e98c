import type { ConfigDocument, DocumentValue } from '../../config/document/config-document.js';
import { formatPath, isMapping, valueAt, withValueAt } from '../../config/option-path.js';
import { Fault, type Violation } from '../../kernel/errors/fault.js';

const KEYS = ['gemini', 'api_keys'] as const;

type Weights = Readonly<Record<string, number>>;

/**
 * The document with other weights for its keys. Throws `validation_failed`, with a path for each, when a key has no
 * entry of its own in the document: it comes from a variable that holds several keys, or from GEMINI_API_KEY.
 *
 * @param configured the ids of all keys that the document makes.
 */
export function withWeights(document: ConfigDocument, weights: Weights, configured: readonly string[]): ConfigDocument {
  const entries = entriesOf(document);
  const violations = Object.keys(weights).flatMap((id) => mistakesOf(id, entries, configured));
  if (violations.length > 0) throw new Fault('validation_failed', { violations });
  const changed = entries.map((entry) => {
    const weight = weights[idOf(entry) ?? ''];
    return weight === undefined || !isMapping(entry) ? entry : { ...entry, weight };
  });
  return withValueAt(document, KEYS, changed) as ConfigDocument;
}

function mistakesOf(id: string, entries: readonly DocumentValue[], configured: readonly string[]): Violation[] {
  const own = new Set(entries.map(idOf));
  const path = formatPath(['weights', id]);
  const advice = 'list the keys one by one under gemini.api_keys, or make and apply a preset with these weights';
  if (!own.has(id)) return [{ path, message: `has no entry of its own in the configuration: ${advice}` }];
  const others = configured.filter((other) => !own.has(other) && isSibling(other, id));
  return others.length === 0 ? [] : [{ path, message: `shares its entry with ${others.join(', ')}: ${advice}` }];
}

/** Of a variable with several keys, the first gets the id of the entry and the others a number. */
function isSibling(id: string, entryId: string): boolean {
  return id.startsWith(`${entryId}-`) && /^\d+$/.test(id.slice(entryId.length + 1));
}

function entriesOf(document: ConfigDocument): readonly DocumentValue[] {
  const entries = valueAt(document, KEYS);
  return Array.isArray(entries) ? (entries as DocumentValue[]) : [];
}

function idOf(entry: DocumentValue): string | undefined {
  return isMapping(entry) && typeof entry.id === 'string' ? entry.id : undefined;
}
