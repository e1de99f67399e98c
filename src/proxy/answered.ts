import type { UpstreamAnswer } from '../egress/upstream-answer.js';

/** Headers of an upstream answer; names are lower case. */
export type AnswerHeaders = UpstreamAnswer['headers'];

/** An error answer, read whole; not scrubbed yet. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Buffer;
}

/** What one attempt brought: a good answer whose body flows, or an error. */
export type Outcome = { readonly kind: 'answered'; readonly answer: UpstreamAnswer } | Rejected;

/** What goes to the caller. */
export interface Answered {
  readonly outcome: Outcome;
  /** How long the caller should wait before it tries again, where the proxy knows better than the answer says. */
  readonly retryAfterMs?: number;
}
