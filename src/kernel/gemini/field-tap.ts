import { endOfValue } from './json-fields.js';

const COLON = 0x3a;
const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const EMPTY = Buffer.alloc(0);

/** The largest value that is kept; usage objects and model names are far smaller. */
const VALUE_BYTES_MAX = 16 * 1024;

/** Where a field's value begins after its name: at an index, nowhere, or beyond the bytes seen so far. */
type ValueStart = number | 'none' | 'later';

/**
 * Watches an answer go by and keeps the last object or string that some JSON fields held, wherever they stand. Costs
 * one native search per field and chunk, never alters or delays a byte, and holds at most a few KiB. Text that merely
 * quotes a field is not mistaken for it: its quotes are escaped.
 */
export class FieldTap {
  private readonly needles: readonly (readonly [field: string, needle: Buffer])[];
  private readonly overlap: number;
  private readonly done = new Map<string, string>();
  private readonly open = new Map<string, Buffer>();
  private tail: Buffer = EMPTY;

  constructor(fields: readonly string[]) {
    this.needles = fields.map((field) => [field, needleOf(field)]);
    this.overlap = Math.max(...this.needles.map(([, needle]) => needle.length)) - 1;
  }

  /** Looks at the next bytes of the answer. */
  push(chunk: Buffer): void {
    for (const [field, begun] of [...this.open]) {
      this.take(field, Buffer.concat([begun, chunk.subarray(0, VALUE_BYTES_MAX)]));
    }
    if (this.tail.length > 0) this.searchSeam(chunk);
    for (const [field, needle] of this.needles) this.search(field, needle, chunk);
    this.tail =
      chunk.length >= this.overlap
        ? Buffer.from(chunk.subarray(chunk.length - this.overlap))
        : Buffer.concat([this.tail, chunk]).subarray(-this.overlap);
  }

  /** The last value seen of a field, parsed; undefined when none came whole. */
  value(field: string): unknown {
    const json = this.done.get(field);
    if (json === undefined) return undefined;
    try {
      return JSON.parse(json);
    } catch {
      return undefined;
    }
  }

  private search(field: string, needle: Buffer, chunk: Buffer): void {
    for (let at = chunk.lastIndexOf(needle); at >= 0; at = at === 0 ? -1 : chunk.lastIndexOf(needle, at - 1)) {
      if (this.take(field, chunk.subarray(at, at + VALUE_BYTES_MAX))) return;
    }
  }

  /** A field name may be cut in two by a chunk boundary. */
  private searchSeam(chunk: Buffer): void {
    const seam = Buffer.concat([this.tail, chunk.subarray(0, this.overlap)]);
    for (const [field, needle] of this.needles) {
      const at = seam.indexOf(needle);
      // One that lies whole in the tail was found there before.
      if (at < 0 || at + needle.length <= this.tail.length) continue;
      this.take(field, Buffer.concat([this.tail.subarray(at), chunk.subarray(0, VALUE_BYTES_MAX)]));
    }
  }

  /** Keeps what begins with a field's name, now or when the rest has come; false when it is no such field. */
  private take(field: string, begun: Buffer): boolean {
    this.open.delete(field);
    const start = valueStart(begun, field.length + 2);
    if (start === 'none') return false;
    const end = start === 'later' ? -1 : endOfValue(begun, start);
    if (end >= 0) this.done.set(field, begun.toString('utf8', start as number, end));
    else if (begun.length < VALUE_BYTES_MAX) this.open.set(field, Buffer.from(begun));
    return true;
  }
}

/** Names of fields come from our own tables, so there are few. */
const needles = new Map<string, Buffer>();

function needleOf(field: string): Buffer {
  const needle = needles.get(field) ?? Buffer.from(`"${field}"`);
  needles.set(field, needle);
  return needle;
}

function valueStart(bytes: Buffer, from: number): ValueStart {
  const colon = skipSpace(bytes, from);
  if (colon === bytes.length) return 'later';
  if (bytes[colon] !== COLON) return 'none';
  const start = skipSpace(bytes, colon + 1);
  if (start === bytes.length) return 'later';
  return bytes[start] === OPEN_OBJECT || bytes[start] === QUOTE ? start : 'none';
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] ?? 0) <= 0x20) at += 1;
  return at;
}
