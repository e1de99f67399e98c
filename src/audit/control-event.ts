import type { Call } from '../kernel/call.js';
import type { Fault } from '../kernel/errors/fault.js';
import type { FaultCode } from '../kernel/errors/fault-table.js';
import { actorOf, type AuditedEventType, type AuditEvent } from './audit-event.js';
import { resultOf, withoutQuery } from './audit-result.js';

/** A request of the control plane, as far as its line needs it. */
export interface ControlRequest {
  readonly method: string;
  /** May have a query; the line has none. */
  readonly path: string;
  readonly durationMs: number;
  readonly status: number;
  readonly fault?: FaultCode;
}

/** The line of one request to the control plane. */
export function controlEvent(type: AuditedEventType, call: Call, request: ControlRequest): AuditEvent {
  const { method, path, durationMs, status, fault } = request;
  return {
    type,
    sourceIp: call.sourceIp,
    action: `${method} ${withoutQuery(path)}`,
    result: resultOf({ status, fault, whole: true }),
    durationMs,
    requestId: call.requestId,
    actor: actorOf(call.principal),
    details: { status, fault },
    refusal: fault,
  };
}

const AUTH_STATUSES: ReadonlySet<number> = new Set([401, 403]);

/**
 * The line of a request that the control plane turned away before its handler ran: refusals of guards, limits, unknown
 * paths. What an `@Audited` handler refuses has its line already; `isAudited` tells.
 */
export function refusalEvent(call: Call, fault: Fault, method: string, path: string, durationMs: number): AuditEvent {
  const { status } = fault.row;
  const type = AUTH_STATUSES.has(status) ? 'AuthEvent' : 'SecurityEvent';
  return controlEvent(type, call, { method, path, durationMs, status, fault: fault.code });
}
