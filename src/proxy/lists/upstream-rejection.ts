import type { Rejected } from '../answered.js';

/** Upstream's error, which goes to the caller as it is. */
export class UpstreamRejection extends Error {
  override readonly name = 'UpstreamRejection';

  constructor(
    readonly outcome: Rejected,
    readonly retryAfterMs: number | undefined,
  ) {
    super(`upstream answered ${outcome.status}`);
  }
}
