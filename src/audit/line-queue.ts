/** Room for lines that wait for the disk, in UTF-16 units of their text. */
export const QUEUE_LENGTH_MAX = 32 * 1_048_576;

/** Lines that found no room, and when the first and the last of them came. */
export interface Loss {
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Lines on their way to the file, in order. Bounded: what finds no room is counted, and as soon as there is room again
 * a line about the loss takes the place of the lost ones.
 */
export class LineQueue {
  private readonly bodies: string[] = [];
  private length = 0;
  private loss: Loss | undefined;
  private addedLines = 0;
  private writtenLines = 0;

  constructor(private readonly toGapBody: (loss: Loss) => string) {}

  /** How many lines were ever accepted. */
  get added(): number {
    return this.addedLines;
  }

  /** How many of them are written. */
  get written(): number {
    return this.writtenLines;
  }

  /** False while a new line would be lost. */
  get hasRoom(): boolean {
    return this.length < QUEUE_LENGTH_MAX;
  }

  /** Takes a line, or counts it as lost. */
  add(body: string, nowMs: number): void {
    if (this.hasRoom) this.push(body);
    else this.loss = { count: (this.loss?.count ?? 0) + 1, fromMs: this.loss?.fromMs ?? nowMs, toMs: nowMs };
  }

  /** The oldest lines, at most `count`; they stay until `confirm`. */
  peek(count: number): readonly string[] {
    return this.bodies.slice(0, count);
  }

  /** Forgets the `count` oldest lines: they are in the file. */
  confirm(count: number): void {
    for (const body of this.bodies.splice(0, count)) this.length -= body.length;
    this.writtenLines += count;
    if (this.loss && this.hasRoom) {
      this.push(this.toGapBody(this.loss));
      this.loss = undefined;
    }
  }

  private push(body: string): void {
    this.bodies.push(body);
    this.length += body.length;
    this.addedLines += 1;
  }
}
