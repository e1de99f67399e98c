import type { Call } from '../kernel/call.js';

const audited = new WeakSet<Call>();

/** Notes that the interceptor answers for the line of this call. */
export function markAudited(call: Call): void {
  audited.add(call);
}

/** Whether this call gets its line from the interceptor, so that nobody else writes a second one. */
export function isAudited(call: Call): boolean {
  return audited.has(call);
}
