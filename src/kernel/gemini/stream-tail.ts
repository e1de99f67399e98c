const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

/** As many characters of a line as tell whether it is an error. */
const HEAD_CHARS = 48;

/** Bytes of a tail that are held back at most; Google's are a few hundred. */
const TAIL_BYTES_MAX = 64 * 1024;

/** Of a longer tail this much stays held, more than any key is long; the rest goes on scrubbed. */
const WINDOW_BYTES = 8 * 1024;

/** How a stream of answers is framed. */
export type Framing = 'events' | 'array';

/** Whether the line that begins like this is an error rather than model output (wire facts A.3, D.6). */
const ERROR_LINE: Readonly<Record<Framing, (head: string) => boolean>> = {
  // No field of an event stream (Google's raw JSON tail), an event named error, or data that is an error.
  events: (head) =>
    !/^(?:\xEF\xBB\xBF)?[A-Za-z_-]*(?::|\r|$)/.test(head) ||
    /^(?:event:\s*error|data:\s*[[{\s]*"error"\s*:\s*[{["])/.test(head),
  // The last element of the array: {"error": …}, compact or indented.
  array: (head) => /^(?:[[,]\s*)?(?:\{\s*)?\s{0,4}"error"\s*:\s*[{["]/.test(head),
};

/**
 * Finds where a stream of answers stops being model output and becomes an error. From there on bytes are held until
 * the end and scrubbed, because they may quote a key (wire facts D.5); what comes before passes unaltered and at once.
 */
export class StreamTail {
  private readonly isError: (head: string) => boolean;
  private held: Buffer | undefined;
  /** What is known of the line that the last chunk left unfinished; undefined when its beginning was judged. */
  private head: string | undefined = '';

  constructor(
    framing: Framing,
    private readonly scrub: (bytes: Buffer) => Buffer = (bytes) => bytes,
  ) {
    this.isError = ERROR_LINE[framing];
  }

  /** True once an error has begun. */
  get begun(): boolean {
    return this.held !== undefined;
  }

  /** What may pass now. */
  push(chunk: Buffer): Buffer {
    if (this.held) return this.hold(this.held, chunk);
    const cut = this.errorStart(chunk);
    if (cut < 0) return chunk;
    const beyond = this.hold(EMPTY, chunk.subarray(cut));
    return beyond.length === 0 ? chunk.subarray(0, cut) : Buffer.concat([chunk.subarray(0, cut), beyond]);
  }

  /** The held error, scrubbed, to be sent as the last bytes. */
  end(): Buffer {
    return this.scrub(this.held ?? EMPTY);
  }

  /** Keeps bytes of the error; returns, scrubbed, what is too much to keep. */
  private hold(held: Buffer, bytes: Buffer): Buffer {
    const all = Buffer.concat([held, bytes]);
    const clean = all.length > TAIL_BYTES_MAX ? this.scrub(all) : all;
    const kept = clean.length > TAIL_BYTES_MAX ? clean.length - WINDOW_BYTES : 0;
    this.held = clean.subarray(kept);
    return clean.subarray(0, kept);
  }

  /** Index from which the chunk belongs to an error, or -1. */
  private errorStart(chunk: Buffer): number {
    let line = 0;
    while (line < chunk.length) {
      const lf = chunk.indexOf(LF, line);
      if (this.startsError(chunk.toString('latin1', line, headEnd(chunk, line, lf)), lf >= 0)) {
        return line;
      }
      if (lf < 0) return -1;
      this.head = '';
      line = lf + 1;
    }
    return -1;
  }

  /** Judges the beginning of a line; `isWhole` when its end is known. */
  private startsError(text: string, isWhole: boolean): boolean {
    if (this.head === undefined) return false;
    const head = this.head + text;
    const isKnown = isWhole || head.length >= HEAD_CHARS;
    this.head = isKnown ? undefined : head;
    return head !== '' && this.isError(head) && (isKnown || !couldStillBeOutput(head));
  }
}

/** Where the part of a line ends that is judged. */
function headEnd(chunk: Buffer, line: number, lf: number): number {
  return Math.min(lf < 0 ? chunk.length : lf, line + HEAD_CHARS);
}

/** A line cut so early that its field name is not complete yet; it may begin with a byte order mark. */
function couldStillBeOutput(head: string): boolean {
  return /^(?:\xEF(?:\xBB(?:\xBF)?)?)?[A-Za-z_-]*$/.test(head);
}
