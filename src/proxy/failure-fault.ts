import { type FailureKind, UpstreamFailure } from '../egress/upstream-failure.js';
import type { FaultCode } from '../kernel/errors/fault-table.js';
import { Fault } from '../kernel/errors/fault.js';

const FAULTS: Readonly<Record<FailureKind, FaultCode>> = {
  unreachable: 'upstream_unreachable',
  reset: 'upstream_reset',
  timeout: 'upstream_timeout',
  aborted: 'caller_gone',
};

/** The fault that a call without an answer ends with; rethrows what is no failure of upstream. */
export function faultOfFailure(error: unknown): Fault {
  if (!(error instanceof UpstreamFailure)) throw error;
  // A body that failed on its way through fails the call that sends it.
  return error.cause instanceof Fault ? error.cause : new Fault(FAULTS[error.kind], { cause: error });
}
