import { z } from 'zod';
import { breakIf, type Read, type RuleBreak, withRule } from '../rule.js';
import { flag, wholeNumber } from '../scalars/numbers.js';
import { list } from '../scalars/scalar.js';
import { geminiKey } from '../scalars/secrets.js';
import { identifier, optionalText, optionalTime, text } from '../scalars/text.js';
import { limitsByModel } from './model-limits.js';

const keyShape = z.strictObject({
  id: identifier().describe('The name of the key in logs, metrics and the admin API.'),
  key: geminiKey().describe('The API key; a variable with several, separated by commas, makes several entries.'),
  weight: wholeNumber({ max: 1_000_000 })
    .prefault(100)
    .describe('Share of the calls; 0: only when no other key is left.'),
  project: optionalText()
    .prefault('')
    .describe('The Google project of the key; default: its id. Keys of one project share quota and files.'),
  billing_account: optionalText()
    .prefault('')
    .describe('The billing account; its keys rest together when it is empty.'),
  tier: optionalText().prefault('').describe('An entry of gemini.tiers.'),
  limits: limitsByModel
    .describe('Bounds of your own by model pattern, on top of what Google grants: to leave quota to others.')
    .prefault({}),
  models: list(text()).prefault([]).describe('Models that the key may serve, * matches any text; empty: all.'),
  enabled: flag().prefault(true).describe('false takes the key out of use.'),
  not_before: optionalTime().prefault('').describe('The key is used from this time on.'),
  expires_at: optionalTime().prefault('').describe('The key is not used from this time on.'),
  standby: flag().prefault(false).describe('true: steps in while another key is quarantined, expired or disabled.'),
});

/** One Gemini API key. `project` is its id unless named; times are milliseconds since the epoch. */
export const geminiKeyEntry = withRule(keyShape, datesInOrder).transform((entry) => ({
  ...entry,
  project: entry.project ?? entry.id,
}));

/** The key list; ids are unique. */
export const geminiKeys = withRule(z.array(geminiKeyEntry), uniqueIds)
  .describe('The Gemini API keys; GEMINI_API_KEY makes the list when the file has none.')
  .prefault([]);

function datesInOrder(read: Read): readonly RuleBreak[] {
  const [from, until] = [read('not_before'), read('expires_at')];
  const reversed = typeof from === 'number' && typeof until === 'number' && from >= until;
  return breakIf(reversed, ['expires_at'], 'must be later than not_before');
}

function uniqueIds(read: Read): readonly RuleBreak[] {
  return repeats(read, 'id', (first) => `is the id of entry [${first}] too: give every key an id of its own`);
}

/** One rule break for each list entry whose `field` an earlier entry has too. */
export function repeats(read: Read, field: string, message: (first: number) => string): readonly RuleBreak[] {
  const entries = read();
  if (!Array.isArray(entries)) return [];
  const values = entries.map((_, index) => read(index, field));
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    return breakIf(typeof value === 'string' && first < index, [index, field], message(first));
  });
}
