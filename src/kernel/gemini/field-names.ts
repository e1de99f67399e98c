const BACKSLASH = 0x5c;

/** A name with escapes is six times as long as the name at most. */
const NAME_BYTES_MAX = 256;

/** A part of a text, `end` being behind its last byte. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Names to look for, most of which are told apart without making a string of them. */
export class FieldNames {
  private readonly names: ReadonlySet<string>;
  private readonly signs = new Uint8Array(64 * 256);

  constructor(names: Iterable<string>) {
    this.names = new Set(names);
    for (const name of this.names) this.signs[signOf(name.length, name.charCodeAt(0))] = 1;
  }

  /** Whether the name that stands there, as it is spelled, is one of these. */
  has(json: Buffer, { start, end }: Span): boolean {
    const isSpelledOut = !hasEscape(json, start, end);
    if (isSpelledOut && this.signs[signOf(end - start, json[start] ?? 0)] !== 1) return false;
    return end - start <= NAME_BYTES_MAX && this.names.has(decode(json, start, end));
  }
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([^]))/g;
const CONTROLS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The text of a span; an escape that JSON does not know stands for its character, as upstream reads it. */
export function decode(json: Buffer, start: number, end: number): string {
  const raw = json.toString('utf8', start, end);
  if (!raw.includes('\\')) return raw;
  return raw.replace(ESCAPE, (_all, code: string | undefined, character = '') =>
    code === undefined ? (CONTROLS[character as string] ?? String(character)) : String.fromCharCode(parseInt(code, 16)),
  );
}

function signOf(length: number, first: number): number {
  return ((length & 63) << 8) | (first & 255);
}

/** Whether a name is spelled with an escape; no name is so long that the rest would matter. */
function hasEscape(json: Buffer, start: number, end: number): boolean {
  const until = Math.min(end, start + NAME_BYTES_MAX);
  for (let at = start; at < until; at += 1) if (json[at] === BACKSLASH) return true;
  return false;
}
