/** Lines that were skipped, and where that was noticed. */
export interface MissingRange {
  readonly from: number;
  readonly to: number;
  readonly noticedAtLine: number;
}

const RANGES_MAX = 1_000;

/**
 * Numbers that a chain skipped so far; a line that turns up later in the file takes its number back. Keeps a thousand
 * ranges: a file with more of them is broken beyond listing.
 */
export class MissingLines {
  private ranges: readonly MissingRange[] = [];

  add(range: MissingRange): void {
    if (this.ranges.length < RANGES_MAX) this.ranges = [...this.ranges, range];
  }

  /** Takes a number back; false when it was never missing. */
  found(seq: number): boolean {
    const range = this.ranges.find(({ from, to }) => from <= seq && seq <= to);
    if (!range) return false;
    const halves = [
      { ...range, to: seq - 1 },
      { ...range, from: seq + 1 },
    ].filter(({ from, to }) => from <= to);
    this.ranges = [...this.ranges.filter((other) => other !== range), ...halves];
    return true;
  }

  list(): readonly MissingRange[] {
    return this.ranges;
  }
}
