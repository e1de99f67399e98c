import type { AuditValue } from './audit-event.js';

const STRING_LENGTH_MAX = 1_024;
const ITEMS_MAX = 200;
const LINE_LENGTH_MAX = 65_536;

// JSON escapes the rest already. These would let a value move a terminal's cursor, end a line in some readers or
// reorder what a person sees.
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Fields of one audit line. */
export type LineFields = Readonly<Record<string, AuditValue>>;

/**
 * JSON on one line that no value in it can break out of: control, line-break and direction characters are escaped,
 * strings are cut at 1,024 characters, lists at 200 items, and details that are still too long are left out.
 */
export function toSafeJson(fields: LineFields): string {
  const json = JSON.stringify(fields);
  return escapeUnsafe(json.length <= STRING_LENGTH_MAX ? json : boundedJson(fields));
}

function boundedJson(fields: LineFields): string {
  const json = JSON.stringify(fields, cut);
  if (json.length <= LINE_LENGTH_MAX) return json;
  return JSON.stringify({ ...fields, details: { left_out: 'too long', length: json.length } }, cut);
}

function cut(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return cutString(value);
  return Array.isArray(value) && value.length > ITEMS_MAX ? value.slice(0, ITEMS_MAX) : value;
}

function cutString(value: string): string {
  return value.length > STRING_LENGTH_MAX ? `${value.slice(0, STRING_LENGTH_MAX)}…` : value;
}

function escapeUnsafe(json: string): string {
  return json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
