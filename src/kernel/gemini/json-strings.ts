import { decode, FieldNames, type Span } from './field-names.js';

const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Google's own reader stops at a hundred. */
const DEPTH_MAX = 256;

/** Strings are looked at byte by byte so far; the end of longer ones is searched natively. */
const SHORT_BYTES = 24;

/** An object or array that has been entered. */
interface Frame {
  readonly isArray: boolean;
  /** The name of the member that it is the value of; an item of an array goes by the array's own. */
  readonly name: Span;
}

const NO_NAME: Span = { start: 0, end: 0 };

/**
 * Goes over the strings that are values in a JSON text, in one pass and without parsing it. It reads whatever Google
 * reads, which is more than JSON: apostrophes for quotes, bare names, commas at the end, needless escapes (protobuf's
 * json_stream_parser.cc). So no reference is missed that upstream would follow; whether the text is sound is for
 * upstream to judge.
 */
export class JsonStrings {
  /** Where the string stands, with its quotes. */
  start = 0;
  end = 0;
  private at = 0;
  private name = NO_NAME;
  private readonly frames: Frame[] = [];
  /** Depth below which nothing is told. */
  private mutedBelow = Infinity;
  private isTooDeep = false;

  /** What stands under one of the `opaque` names is passed over. */
  constructor(
    private readonly json: Buffer,
    private readonly opaque: FieldNames,
  ) {}

  /** Goes on to the next string; false at the end, or where nothing sensible follows. */
  next(): boolean {
    while (this.at < this.json.length && !this.isTooDeep) {
      if (this.step()) return true;
    }
    return false;
  }

  /** The text is nested deeper than upstream reads: not all of it was seen. */
  get tooDeep(): boolean {
    return this.isTooDeep;
  }

  /** Whether the string is the value of a member with one of these names, itself or in an array. */
  isUnder(names: FieldNames): boolean {
    return names.has(this.json, this.name);
  }

  /** The name of its member. */
  get field(): string {
    return decode(this.json, this.name.start, this.name.end);
  }

  /** The name of the member whose object it stands in; empty in the outermost one. */
  get parent(): string {
    const owner = this.frames.findLast(({ isArray }) => !isArray);
    return owner ? decode(this.json, owner.name.start, owner.name.end) : '';
  }

  /** The names on the way from the outermost object, joined by dots; arrays add nothing. */
  get path(): string {
    const names = this.frames.filter(({ isArray }, depth) => !isArray && depth > 0).map(({ name }) => name);
    return [...names, this.name].map(({ start, end }) => decode(this.json, start, end)).join('.');
  }

  /** What the string says. */
  get text(): string {
    return this.textUpTo(Infinity);
  }

  /** What the first bytes of the string say. */
  textUpTo(bytes: number): string {
    return decode(this.json, this.start + 1, Math.min(this.end - 1, this.start + 1 + bytes));
  }

  /** Reads one token; true when it is a string to be told. */
  private step(): boolean {
    const byte = this.json[this.at] ?? 0;
    if (byte === QUOTE || byte === APOSTROPHE) return this.string(byte);
    if (endsWord(byte)) this.structure(byte);
    else this.bare();
    return false;
  }

  private structure(byte: number): void {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.enter(byte === OPEN_ARRAY);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.leave();
    this.at += 1;
  }

  private string(quote: number): boolean {
    const start = this.at;
    const end = endOfString(this.json, start, quote);
    this.at = end;
    if (this.takeName(start + 1, end - 1)) return false;
    if (this.frames.length >= this.mutedBelow || this.isMuted()) return false;
    this.start = start;
    this.end = end;
    return true;
  }

  /** A word without quotes: a name where a colon follows, else a number or a literal. */
  private bare(): void {
    const start = this.at;
    while (this.at < this.json.length && !endsWord(this.json[this.at] ?? 0)) this.at += 1;
    this.takeName(start, this.at);
  }

  /** What a colon follows is a name. */
  private takeName(start: number, end: number): boolean {
    const next = skipSpace(this.json, this.at);
    if (this.json[next] !== COLON) return false;
    this.name = { start, end };
    this.at = next + 1;
    return true;
  }

  private enter(isArray: boolean): void {
    if (this.frames.length === DEPTH_MAX) this.isTooDeep = true;
    if (this.mutedBelow === Infinity && this.isMuted()) this.mutedBelow = this.frames.length + 1;
    this.frames.push({ isArray, name: this.name });
  }

  private leave(): void {
    const left = this.frames.pop();
    if (this.frames.length < this.mutedBelow) this.mutedBelow = Infinity;
    this.name = left?.name ?? NO_NAME;
  }

  private isMuted(): boolean {
    return this.opaque.has(this.json, this.name);
  }
}

/** The index behind the closing quote, or the end of the text when there is none. */
function endOfString(json: Buffer, start: number, quote: number): number {
  let at = start + 1;
  for (const near = Math.min(json.length, at + SHORT_BYTES); at < near; at += 1) {
    const byte = json[at];
    if (byte === quote) return at + 1;
    if (byte === BACKSLASH) at += 1;
  }
  const from = at;
  for (at = json.indexOf(quote, from); at >= 0; at = json.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (at - 1 - slashes >= from && json[at - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return json.length;
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  while (at < json.length && (json[at] ?? 0) <= 0x20) at += 1;
  return at;
}

/** Bytes that end a word without quotes: spaces, quotes and what gives JSON its structure. */
const WORD_ENDS = new Uint8Array(256);
WORD_ENDS.fill(1, 0, 0x21);
for (const byte of [QUOTE, APOSTROPHE, COLON, COMMA, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY]) {
  WORD_ENDS[byte] = 1;
}

function endsWord(byte: number): boolean {
  return WORD_ENDS[byte] === 1;
}
