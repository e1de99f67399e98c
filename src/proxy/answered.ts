import type { UpstreamAnswer } from '../egress/upstream-answer.js';
import type { Verdict } from '../kernel/gemini/verdict.js';

/** Headers of an upstream answer; names are lower case. */
export type AnswerHeaders = UpstreamAnswer['headers'];

/** What one attempt brought. */
export type Outcome =
  /** Headers of a good answer are here; its body flows. */
  | { readonly kind: 'answered'; readonly answer: UpstreamAnswer }
  /** An error answer, read whole; not scrubbed yet. */
  | { readonly kind: 'rejected'; readonly status: number; readonly headers: AnswerHeaders; readonly body: Buffer };

/** What goes to the caller, and the verdict on it. */
export interface Answered {
  readonly outcome: Outcome;
  readonly verdict: Verdict;
  /** How long the caller should wait before it tries again, where the proxy knows better than the answer says. */
  readonly retryAfterMs?: number;
}
