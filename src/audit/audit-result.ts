import { FAULTS, type FaultCode } from '../kernel/errors/fault-table.js';

/** `Denied`: turned away here for want of a credential, a permission or room in a limit. */
export type AuditResult = 'Success' | 'Failure' | 'Denied';

export interface Outcome {
  readonly status: number;
  readonly fault?: FaultCode;
  /** False when the answer did not reach its end. */
  readonly whole: boolean;
}

const DENYING_STATUSES: ReadonlySet<number> = new Set([401, 403, 429]);

/** The contract's `result`. Google's own 401, 403 and 429 are failures: only what is turned away here is denied. */
export function resultOf({ status, fault, whole }: Outcome): AuditResult {
  if (fault !== undefined) return isDenial(fault) ? 'Denied' : 'Failure';
  return status < 400 && whole ? 'Success' : 'Failure';
}

/** Whether a fault means that the caller lacked a credential, a permission or room in a limit. */
export function isDenial(fault: FaultCode): boolean {
  const { status, source } = FAULTS[fault];
  return source === 'caller' && DENYING_STATUSES.has(status);
}

/** A path as an `action` may hold it: queries carry tokens. */
export function withoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}
