import type { AuditDetails, AuditEvent, ChainEventType } from './audit-event.js';
import type { FoundState } from './audit-file.js';
import type { ChainPosition } from './audit-line.js';
import type { Loss } from './line-queue.js';

/** First line of every file: what it continues. */
export function checkpointEvent(last: ChainPosition, previousFile: string | undefined): AuditEvent {
  return chainEvent('Checkpoint', 'open audit file', {
    previous_file: previousFile ?? null,
    last_seq: last.seq,
    last_mac: last.mac,
  });
}

/**
 * What was repaired when a file was opened, or undefined when nothing was. `expected` is where the chain was known to
 * stand: lines between the file's last one and that are missing.
 */
export function recoveryEvent(found: FoundState, expected: ChainPosition): AuditEvent | undefined {
  const lastSeq = found.position?.seq ?? expected.seq;
  const missing = expected.seq > lastSeq ? { missing_from: lastSeq + 1, missing_to: expected.seq } : {};
  if (found.cutBytes === 0 && expected.seq <= lastSeq) return undefined;
  return chainEvent('Recovery', 'repair audit file', { cut_bytes: found.cutBytes, ...missing });
}

/** How many lines could not be kept while the file could not be written, and from when to when. */
export function gapEvent(loss: Loss): AuditEvent {
  return chainEvent('Gap', 'lose audit lines', {
    count: loss.count,
    from: new Date(loss.fromMs).toISOString(),
    to: new Date(loss.toMs).toISOString(),
  });
}

function chainEvent(type: ChainEventType, action: string, details: AuditDetails): AuditEvent {
  return { type, sourceIp: '', action, result: type === 'Gap' ? 'Failure' : 'Success', durationMs: 0, details };
}
