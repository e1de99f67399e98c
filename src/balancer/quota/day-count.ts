import { nextPacificMidnightMs } from '../../kernel/gemini/pacific-midnight.js';

/** No day is longer: at the end of summer time one has 25 hours. */
const DAY_MAX_MS = 25 * 3_600_000;

/** A sum over Google's day, which ends at midnight in California (wire facts E). */
export class DayCount {
  private sum = 0;
  private endsAtMs = -Infinity;

  /** The sum of the day that `nowMs` is in. */
  total(nowMs: number): number {
    this.advance(nowMs);
    return this.sum;
  }

  /** Whether the day leaves room for one more below `limit`. */
  hasRoom(nowMs: number, limit: number): boolean {
    return this.sum < limit || this.total(nowMs) < limit;
  }

  add(nowMs: number, amount: number): void {
    this.advance(nowMs);
    this.sum = Math.max(0, this.sum + amount);
  }

  /** When the day ends. */
  endMs(nowMs: number): number {
    this.advance(nowMs);
    return this.endsAtMs;
  }

  private advance(nowMs: number): void {
    // A clock that was set back by days would otherwise keep a spent day until it catches up.
    if (nowMs < this.endsAtMs && nowMs >= this.endsAtMs - DAY_MAX_MS) return;
    this.sum = 0;
    this.endsAtMs = nextPacificMidnightMs(nowMs);
  }
}
