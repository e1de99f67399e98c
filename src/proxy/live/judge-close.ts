import { readGoogleError } from '../../kernel/gemini/google-error.js';
import { judge, type Verdict } from '../../kernel/gemini/verdict.js';
import type { Close } from './close-codes.js';

/** What the words of a close frame stand for: a status, whose table of verdicts then applies (wire facts A.4). */
const STATUSES: readonly (readonly [pattern: RegExp, status: number])[] = [
  [/prepayment credits|spending cap/i, 402],
  [/API key|authentication credential|UNAUTHENTICATED/i, 401],
  [/RESOURCE_EXHAUSTED|exceeded your current quota|Maximum concurrent/i, 429],
  [/denied access|suspended|not supported for the API|SERVICE_DISABLED/i, 403],
  [/overloaded|high demand|UNAVAILABLE/i, 503],
];

/** The verdict on a session that upstream closed. A close code alone says little: 1011 stands for many things. */
export function judgeClose({ code, reason }: Close): Verdict {
  const status = STATUSES.find(([pattern]) => pattern.test(reason))?.[1];
  if (status !== undefined) return judge(status, { ...readGoogleError(''), message: reason });
  if (code === 1006) return { scope: 'upstream', reason: 'reset' };
  return code === 1011 ? { scope: 'upstream', reason: 'internal' } : { scope: 'request' };
}
