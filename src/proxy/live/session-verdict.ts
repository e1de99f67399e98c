import type { Verdict } from '../../kernel/gemini/verdict.js';
import type { Close } from './close-codes.js';
import type { SessionStart } from './session-starts.js';

/** A session that the project does not have, or not any more, in the words that clients report of the service. */
const UNKNOWN_SESSION =
  /^(?:BidiGenerateContent session not found|Invalid session handle|Requested entity was not found)/i;

/** What the service says of an ephemeral token, with 1011, which else stands for failures (discuss.ai.google.dev/t/118180). */
const TOKEN_OVER = /^(?:auth )?token has (?:been used too many times|expired)/i;

/**
 * The verdict on a session that did not open, with what only the session knows: another project may have what is to be
 * resumed, and under an ephemeral token no key of ours was shown.
 */
export function sessionVerdict(verdict: Verdict, { reason }: Close, { token }: SessionStart): Verdict {
  if (UNKNOWN_SESSION.test(reason)) return { scope: 'routing' };
  if (token && (verdict.scope === 'key' || TOKEN_OVER.test(reason))) return { scope: 'request' };
  return verdict;
}
