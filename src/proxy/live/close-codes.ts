import type { Fault } from '../../kernel/errors/fault.js';
import type { Scrubber } from '../../kernel/http/scrubber.js';

/** A WebSocket close frame takes at most this many bytes of text (RFC 6455, section 5.5). */
const REASON_BYTES_MAX = 123;

/** How a session ends. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

const GOING_AWAY = 1001;
const POLICY = 1008;
const INVALID = 1007;
const TOO_BIG = 1009;
const INTERNAL = 1011;

const CODES: Readonly<Record<number, number>> = { 400: INVALID, 401: POLICY, 403: POLICY, 404: POLICY, 413: TOO_BIG };

/** The close frame that says a fault. */
export function closeOfFault(fault: Fault): Close {
  const code = fault.code === 'draining' ? GOING_AWAY : (CODES[fault.row.status] ?? INTERNAL);
  return { code, reason: fitting(fault.message) };
}

/** The close frame that hands on how upstream ended: its code and its words, without anything that looks like a key. */
export function closeOfUpstream(close: Close, scrubber: Scrubber): Close {
  // 1005, 1006 and 1015 stand for "none came" and cannot be sent.
  if (close.code === 1005) return { code: 1000, reason: '' };
  if (close.code === 1006 || close.code === 1015) {
    return { code: INTERNAL, reason: 'The connection to the Gemini API was lost. Open a new session.' };
  }
  return { code: close.code, reason: fitting(scrubber.text(close.reason)) };
}

function fitting(text: string): string {
  let bytes = Buffer.from(text);
  if (bytes.length > REASON_BYTES_MAX) bytes = bytes.subarray(0, REASON_BYTES_MAX);
  return bytes.toString('utf8').replace(/\uFFFD+$/, '');
}
