/** Repetitions that are always allowed, so that little traffic can be repeated too. */
const RESERVE = 10;

/** The reserve fills again within this time. */
const REFILL_MS = 10_000;

/** Unused allowance is kept for so many repetitions. */
const SAVINGS_MAX = 100;

/**
 * Bounds the repetitions to a share of the traffic: an upstream that fails everything is not asked three times as often
 * as when it is well.
 */
export class RetryBudget {
  private allowance = RESERVE;
  private refilledMs = 0;

  /** A call begins: it brings its share of a repetition. */
  deposit(share: number): void {
    this.allowance = Math.min(SAVINGS_MAX, this.allowance + share);
  }

  /** Takes one repetition; false when the budget is spent, or no share is granted. `nowMs` is monotonic. */
  withdraw(share: number, nowMs: number): boolean {
    this.refill(nowMs);
    if (share === 0 || this.allowance < 1) return false;
    this.allowance -= 1;
    return true;
  }

  private refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.refilledMs);
    this.refilledMs = nowMs;
    if (this.allowance < RESERVE) {
      this.allowance = Math.min(RESERVE, this.allowance + (passedMs / REFILL_MS) * RESERVE);
    }
  }
}
