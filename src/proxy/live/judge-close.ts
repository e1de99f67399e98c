import { readGoogleError } from '../../kernel/gemini/google-error.js';
import { judge, type Verdict } from '../../kernel/gemini/verdict.js';
import type { Close } from './close-codes.js';

/** What the first words of a close frame stand for; later ones may quote the caller: a status, whose table of verdicts then applies (wire facts A.4). */
const STATUSES: readonly (readonly [pattern: RegExp, status: number])[] = [
  [/^Your prepayment credits are depleted|^Your billing account has exceeded/i, 402],
  [/^API key (?:not valid|expired|not found)|^Your API key was reported|^Request (?:had|is missing)/i, 401],
  [/^RESOURCE_EXHAUSTED|^You exceeded your current quota|^Your project has exceeded/i, 429],
  [/^(?:Permission denied: )?Consumer '|^Your project has been denied access|^User location is not/i, 403],
  [/^UNAVAILABLE|^The model is overloaded|^This model is currently/i, 503],
];

/** The verdict on a session that upstream closed. A close code alone says little: 1011 stands for many things. */
export function judgeClose({ code, reason }: Close): Verdict {
  const status = STATUSES.find(([pattern]) => pattern.test(reason))?.[1];
  if (status !== undefined) return judge(status, { ...readGoogleError(''), message: reason });
  if (code === 1006) return { scope: 'upstream', reason: 'reset' };
  return code === 1011 ? { scope: 'upstream', reason: 'internal' } : { scope: 'request' };
}
