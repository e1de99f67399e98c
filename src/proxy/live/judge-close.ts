import { httpStatusOf } from '../../kernel/gemini/error-status.js';
import { type GoogleError, readGoogleError } from '../../kernel/gemini/google-error.js';
import { judge, judgeWords, type Verdict } from '../../kernel/gemini/verdict.js';
import type { Close } from './close-codes.js';

/** What may stand before Google's words: a trace id, and the error's code in one spelling or both (wire facts A.4). */
const PREAMBLE =
  /^(?:Request trace id: [\w-]+, )?(?:\[ORIGINAL ERROR\] )?(?:generic::([a-z_]+): ?)?(?:([A-Z]+(?:_[A-Z]+)*): ?)?/;

/** Words that stand for a status. Only beginnings: later words may quote the caller, and 123 bytes cut off the rest. */
const STATUSES: readonly (readonly [words: RegExp, status: number])[] = [
  [/^You exceeded your current quota|^Resource has been exhausted|^Quota exceeded for/i, 429],
  [/^This model is currently|^The model is overloaded|^The service is currently unavailable/i, 503],
  [/^Deadline expired/i, 504],
];

/** Codes that are upstream's own failure where its words say nothing (RFC 6455, section 7.4, and the IANA registry). */
const FAILURES: ReadonlyMap<number, string> = new Map([
  [1001, 'going_away'],
  [1006, 'reset'],
  [1011, 'internal'],
  [1012, 'restart'],
  [1013, 'try_again_later'],
  [1014, 'bad_gateway'],
]);

/** The verdict on a session that upstream closed. A close code alone says little: 1011 stands for many things. */
export function judgeClose({ code, reason }: Close): Verdict {
  const { status, error } = statementOf(reason);
  if (status !== undefined) return judge(status, error);
  return judgeWords(error) ?? judgeCode(code);
}

function statementOf(reason: string): { readonly status: number | undefined; readonly error: GoogleError } {
  const [preamble, lower = '', upper = ''] = PREAMBLE.exec(reason) ?? [''];
  const code = upper || lower.toUpperCase();
  const named = httpStatusOf(code);
  if (named !== undefined) return { status: named, error: { ...readGoogleError(reason.slice(preamble.length)), code } };
  const status = STATUSES.find(([words]) => words.test(reason))?.[1];
  return { status, error: readGoogleError(reason) };
}

function judgeCode(code: number): Verdict {
  const reason = FAILURES.get(code);
  return reason === undefined ? { scope: 'request' } : { scope: 'upstream', reason };
}
