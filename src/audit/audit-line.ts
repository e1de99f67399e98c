import { newId } from '../kernel/ids.js';
import type { AuditEvent } from './audit-event.js';
import { type ChainKey, macOf } from './chain-key.js';
import { toSafeJson } from './safe-json.js';

/** Where a chain stands: the number and the mac of its last line; `seq` 0 and an empty mac before the first. */
export interface ChainPosition {
  readonly seq: number;
  readonly mac: string;
}

export const CHAIN_START: ChainPosition = { seq: 0, mac: '' };

/** Whose chain it is and what signs it. */
export interface ChainSigner extends ChainKey {
  readonly replica: string;
}

/**
 * The line of an event up to its place in the chain: the contract's fields in their order, with the closing brace left
 * out. One line whatever the event holds, and of bounded length.
 */
export function toLineBody(event: AuditEvent, nowMs: number): string {
  const { durationMs } = event;
  return toSafeJson({
    v: 1,
    timestamp: new Date(event.at ?? nowMs - durationMs).toISOString(),
    event_type: event.type,
    source_ip: event.sourceIp,
    action: event.action,
    result: event.result,
    duration_ms: Math.round(durationMs),
    id: newId(),
    request_id: event.requestId,
    actor: event.actor && { type: event.actor.type, id: event.actor.id },
    details: event.details,
  }).slice(0, -1);
}

/** Completes a body to a signed line with its newline, right behind `last`. */
export function toSignedLine(body: string, last: ChainPosition, signer: ChainSigner): SignedLine {
  const seq = last.seq + 1;
  const { replica, kid, key } = signer;
  const signed = `${body},"chain":{"replica":"${replica}","seq":${seq},"kid":"${kid}","prev":"${last.mac}"`;
  const mac = macOf(key, signed);
  return { text: `${signed},"mac":"${mac}"}}\n`, position: { seq, mac } };
}

export interface SignedLine {
  readonly text: string;
  readonly position: ChainPosition;
}
