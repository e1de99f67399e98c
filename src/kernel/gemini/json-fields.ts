const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** What a scan of a JSON object's own fields found. */
export type FieldScan =
  | { readonly kind: 'found'; readonly values: ReadonlyMap<string, string> }
  /** A wanted field stands twice: two readers could disagree about it. */
  | { readonly kind: 'duplicate'; readonly field: string }
  | { readonly kind: 'not_an_object' };

/** One member of an object: its name where it could be read, where its value lies, and where the next one begins. */
interface Member {
  readonly name: string | undefined;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the string values of the wanted fields of a JSON object without parsing it: nested values are skipped, strings
 * by searching their closing quote. Checks structure only as far as it must; upstream judges the rest.
 */
export function scanStringFields(json: Buffer, wanted: ReadonlySet<string>): FieldScan {
  const values = new Map<string, string>();
  const seen = new Set<string>();
  let at = skipSpace(json, startOfText(json));
  if (json[at] !== OPEN_OBJECT) return { kind: 'not_an_object' };
  at = skipSpace(json, at + 1);
  while (json[at] === QUOTE) {
    const member = readMember(json, at);
    if (!member) return { kind: 'not_an_object' };
    const { name, start, end } = member;
    if (name !== undefined && wanted.has(name)) {
      if (seen.has(name)) return { kind: 'duplicate', field: name };
      seen.add(name);
      const value = json[start] === QUOTE ? parseString(json, start, end) : undefined;
      if (value !== undefined) values.set(name, value);
    }
    at = afterComma(json, end);
  }
  return json[at] === CLOSE_OBJECT ? { kind: 'found', values } : { kind: 'not_an_object' };
}

/** The object with another string as the value of one of its own fields; unchanged when it has no such field. */
export function replaceStringField(json: Buffer, field: string, value: string): Buffer {
  let at = skipSpace(json, skipSpace(json, startOfText(json)) + 1);
  while (json[at] === QUOTE) {
    const member = readMember(json, at);
    if (!member) return json;
    if (member.name === field) {
      const text = Buffer.from(JSON.stringify(value));
      return Buffer.concat([json.subarray(0, member.start), text, json.subarray(member.end)]);
    }
    at = afterComma(json, member.end);
  }
  return json;
}

function readMember(json: Buffer, at: number): Member | undefined {
  const nameEnd = endOfString(json, at);
  const colon = skipSpace(json, nameEnd);
  if (json[colon] !== COLON) return undefined;
  const start = skipSpace(json, colon + 1);
  const end = endOfValue(json, start);
  return end < 0 ? undefined : { name: parseString(json, at, nameEnd), start, end };
}

/** Where the next member begins, or the place of what stands there instead of a comma. */
function afterComma(json: Buffer, end: number): number {
  const at = skipSpace(json, end);
  return json[at] === COMMA ? skipSpace(json, at + 1) : at;
}

/** Skips a byte order mark. */
function startOfText(json: Buffer): number {
  return json[0] === 0xef && json[1] === 0xbb && json[2] === 0xbf ? 3 : 0;
}

/** The index after the value that begins at `start`, or -1 when it does not end. */
export function endOfValue(json: Buffer, start: number): number {
  const first = json[start];
  if (first === QUOTE) return endOfString(json, start);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return endOfNested(json, start);
  let at = start;
  while (at < json.length && !isDelimiter(json[at])) at += 1;
  return at > start && at < json.length ? at : -1;
}

function endOfNested(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = endOfString(json, at) - 1;
      if (at < 0) return -1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/** The index after the closing quote of the string that opens at `start`, or -1. */
function endOfString(json: Buffer, start: number): number {
  for (let at = json.indexOf(QUOTE, start + 1); at >= 0; at = json.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (json[at - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return -1;
}

function parseString(json: Buffer, start: number, end: number): string | undefined {
  if (end < 0) return undefined;
  try {
    const value: unknown = JSON.parse(json.toString('utf8', start, end));
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function skipSpace(json: Buffer, from: number): number {
  if (from < 0) return json.length;
  let at = from;
  while (json[at] === 0x20 || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at += 1;
  return at;
}

function isDelimiter(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte === undefined || byte <= 0x20;
}
