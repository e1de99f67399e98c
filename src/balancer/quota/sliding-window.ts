const WINDOW_MS = 60_000;
const SLOT_MS = 250;

/** One slot more than the window has, since the oldest one is only partly inside: counts err on the safe side. */
const SLOTS = WINDOW_MS / SLOT_MS + 1;

/** What a slot can hold; far above any quota, and counted as so much when it is more. */
const SLOT_MAX = 2 ** 31 - 1;

/** A sum over the last minute in fixed memory, whatever the traffic. */
export class SlidingWindow {
  /** A ring: behind the newest slot comes the oldest. */
  private readonly counts = new Int32Array(SLOTS);
  private newest = -Infinity;
  private newestAt = 0;
  private sum = 0;
  /** The last answer of `roomAtMs` and the excess that it was given for; none while the excess is 0. */
  private knownExcess = 0;
  private knownRoomAtMs = 0;

  /** The sum over the minute before `nowMs`, and at most a quarter of a second more. */
  total(nowMs: number): number {
    this.advance(nowMs);
    return this.sum;
  }

  /** Whether the sum leaves room for `amount` below `limit`. Most often what was true a while ago says so already. */
  hasRoom(nowMs: number, amount: number, limit: number): boolean {
    return this.sum + amount <= limit || this.total(nowMs) + amount <= limit;
  }

  /** Adds at `nowMs`; returns the slot, for `adjust`. */
  add(nowMs: number, amount: number): number {
    this.advance(nowMs);
    this.put(this.newestAt, amount);
    return this.newest;
  }

  /** Corrects what was added; does nothing once the slot has left the window. */
  adjust(slot: number, difference: number): void {
    const age = this.newest - slot;
    if (age >= 0 && age < SLOTS) this.put((this.newestAt - age + SLOTS) % SLOTS, difference);
  }

  /** The earliest time, from `nowMs` on, at which the sum leaves room for `amount` below `limit`; alone it always has. */
  roomAtMs(nowMs: number, amount: number, limit: number): number {
    this.advance(nowMs);
    const excess = this.sum + Math.min(amount, limit) - limit;
    if (excess <= 0) return nowMs;
    // While everything is used up, every call that is refused asks this of every key.
    if (excess !== this.knownExcess) {
      this.knownRoomAtMs = this.goneAtMs(excess);
      this.knownExcess = excess;
    }
    return this.knownRoomAtMs;
  }

  /** When so much of the sum will have left the window. */
  private goneAtMs(amount: number): number {
    let left = amount;
    for (let step = 1; step <= SLOTS; step += 1) {
      left -= this.counts[(this.newestAt + step) % SLOTS] ?? 0;
      if (left <= 0) return (this.newest + step) * SLOT_MS;
    }
    return (this.newest + SLOTS) * SLOT_MS;
  }

  private advance(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    if (slot === this.newest) return;
    // A clock that was set back would otherwise keep the window closed until it catches up.
    const passed = slot - this.newest;
    if (passed >= SLOTS || passed <= -SLOTS) this.restart(slot);
    else if (passed > 0) this.expire(passed);
  }

  private restart(slot: number): void {
    this.counts.fill(0);
    this.sum = 0;
    this.newest = slot;
    this.newestAt = 0;
    this.knownExcess = 0;
  }

  /** Turns the ring: the oldest slots become the newest ones. */
  private expire(slots: number): void {
    for (let step = 1; step <= slots; step += 1) {
      this.newestAt = (this.newestAt + 1) % SLOTS;
      this.put(this.newestAt, -(this.counts[this.newestAt] ?? 0));
    }
    this.newest += slots;
  }

  private put(at: number, amount: number): void {
    if (amount === 0) return;
    const before = this.counts[at] ?? 0;
    const after = Math.min(SLOT_MAX, Math.max(0, before + amount));
    this.counts[at] = after;
    this.sum += after - before;
    this.knownExcess = 0;
  }
}
