import type { ConfigDocument } from '../../config/document/config-document.js';
import { formatPath, isMapping } from '../../config/option-path.js';
import { Fault, type Violation } from '../../kernel/errors/fault.js';
import { entryId, keyEntries, obstacleTo, withKeyEntries } from '../../settings/key-entries.js';

const ADVICE = 'list the keys one by one under gemini.api_keys, or make and apply a preset with these weights';

type Weights = Readonly<Record<string, number>>;

/**
 * The document with other weights for its keys. Throws `validation_failed`, with a path for each, when a key has no
 * entry of its own in the document: it comes from a variable that holds several keys, or from GEMINI_API_KEY.
 *
 * @param configured the ids of all keys that the document makes.
 */
export function withWeights(document: ConfigDocument, weights: Weights, configured: readonly string[]): ConfigDocument {
  const entries = keyEntries(document);
  const violations = Object.keys(weights).flatMap((id) => mistakeOf(id, obstacleTo(id, entries, configured)));
  if (violations.length > 0) throw new Fault('validation_failed', { violations });
  const changed = entries.map((entry) => {
    const weight = weights[entryId(entry) ?? ''];
    return weight === undefined || !isMapping(entry) ? entry : { ...entry, weight };
  });
  return withKeyEntries(document, changed);
}

function mistakeOf(id: string, obstacle: string | undefined): Violation[] {
  if (obstacle === undefined) return [];
  return [{ path: formatPath(['weights', id]), message: `${obstacle}: ${ADVICE}` }];
}
