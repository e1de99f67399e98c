/** Why no answer, or no whole answer, came. */
export type FailureKind = 'unreachable' | 'reset' | 'timeout' | 'aborted';

/** A call that upstream did not answer, or whose answer broke off. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';

  constructor(
    readonly kind: FailureKind,
    /** False only when upstream provably saw nothing of the request. */
    readonly sent: boolean,
    cause: unknown,
  ) {
    super(`upstream ${kind}`, { cause });
  }
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
]);

/** What an error of the HTTP client means. */
export function toUpstreamFailure(error: unknown, sent: boolean): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (!sent) return new UpstreamFailure('unreachable', false, error);
  return new UpstreamFailure(TIMEOUTS.has(code) ? 'timeout' : 'reset', true, error);
}
