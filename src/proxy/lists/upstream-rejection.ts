import { Fault } from '../../kernel/errors/fault.js';
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

/**
 * Whether an error is that of one page, so that what was gathered before is good: not a mistake of ours, and not that the
 * caller has left.
 */
export function isOfOnePage(error: unknown): error is UpstreamRejection | Fault {
  return error instanceof UpstreamRejection || (error instanceof Fault && error.code !== 'caller_gone');
}
