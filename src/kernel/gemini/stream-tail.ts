const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

/** As many characters of a line as tell whether it is an error. */
const HEAD_CHARS = 48;

/** Bytes of a tail that are held back at most; Google's are a few hundred. */
const TAIL_BYTES_MAX = 64 * 1024;

/** How a stream of answers is framed. */
export type Framing = 'events' | 'array';

/** Whether the line that begins like this is an error rather than model output (wire facts A.3, D.6). */
const ERROR_LINE: Readonly<Record<Framing, (head: string) => boolean>> = {
  // No field of an event stream (Google's raw JSON tail), an event named error, or data that is an error.
  events: (head) =>
    !/^(?:data|event|id|retry|:|\r|$)/.test(head) || /^(?:event:\s*error|data:\s*[[{\s]*"error"\s*:)/.test(head),
  // The last element of the array: {"error": …}, compact or indented.
  array: (head) => /^(?:[[,]\s*)?(?:\{\s*)?\s{0,4}"error"\s*:/.test(head),
};

/**
 * Finds where a stream of answers stops being model output and becomes an error. From there on bytes are held until
 * the end, because they may quote a key (wire facts D.5); what comes before passes unaltered and at once.
 */
export class StreamTail {
  private readonly isError: (head: string) => boolean;
  private readonly held: Buffer[] = [];
  private heldBytes = 0;
  /** What is known of the line that the last chunk left unfinished; undefined when its beginning was judged. */
  private head: string | undefined = '';

  constructor(framing: Framing) {
    this.isError = ERROR_LINE[framing];
  }

  /** True once an error has begun. */
  get begun(): boolean {
    return this.heldBytes > 0;
  }

  /** What of the chunk may pass now. */
  push(chunk: Buffer): Buffer {
    const cut = this.begun ? 0 : this.errorStart(chunk);
    if (cut < 0) return chunk;
    this.hold(chunk.subarray(cut));
    return cut === 0 ? EMPTY : chunk.subarray(0, cut);
  }

  /** The held error, to be scrubbed and sent as the last bytes. */
  end(): Buffer {
    return Buffer.concat(this.held);
  }

  private hold(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(0, TAIL_BYTES_MAX - this.heldBytes));
    if (kept.length > 0) this.held.push(kept);
    this.heldBytes += kept.length;
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

/** A line cut so early that its field name is not complete yet. */
function couldStillBeOutput(head: string): boolean {
  return ['data:', 'event:', 'id:', 'retry:'].some((field) => field.startsWith(head));
}
