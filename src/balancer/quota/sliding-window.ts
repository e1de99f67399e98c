const WINDOW_MS = 60_000;
const SLOT_MS = 250;

/** One slot more than the window has, since the oldest one is only partly inside: counts err on the safe side. */
const SLOTS = WINDOW_MS / SLOT_MS + 1;

/** What a slot can hold; far above any quota, and counted as so much when it is more. */
const SLOT_MAX = 2 ** 31 - 1;

/** A sum over the last minute in fixed memory, whatever the traffic. */
export class SlidingWindow {
  private readonly counts = new Int32Array(SLOTS);
  private newest = -Infinity;
  private sum = 0;

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
    this.put(this.newest, amount);
    return this.newest;
  }

  /** Corrects what was added; does nothing once the slot has left the window. */
  adjust(slot: number, difference: number): void {
    if (slot > this.newest - SLOTS && slot <= this.newest) this.put(slot, difference);
  }

  /** The earliest time, from `nowMs` on, at which the sum leaves room for `amount` below `limit`; alone it always has. */
  roomAtMs(nowMs: number, amount: number, limit: number): number {
    this.advance(nowMs);
    let excess = this.sum + Math.min(amount, limit) - limit;
    if (excess <= 0) return nowMs;
    for (let slot = this.newest - SLOTS + 1; slot <= this.newest; slot += 1) {
      excess -= this.counts[indexOf(slot)] ?? 0;
      if (excess <= 0) return (slot + SLOTS) * SLOT_MS;
    }
    return (this.newest + SLOTS) * SLOT_MS;
  }

  private advance(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    if (slot === this.newest) return;
    // A clock that was set back would otherwise keep the window closed until it catches up.
    const passed = slot - this.newest;
    if (passed >= SLOTS || passed <= -SLOTS) this.restart(slot);
    else if (passed > 0) this.expire(slot);
  }

  private restart(slot: number): void {
    this.counts.fill(0);
    this.sum = 0;
    this.newest = slot;
  }

  private expire(slot: number): void {
    for (let next = this.newest + 1; next <= slot; next += 1) {
      const index = indexOf(next);
      this.sum -= this.counts[index] ?? 0;
      this.counts[index] = 0;
    }
    this.newest = slot;
  }

  private put(slot: number, amount: number): void {
    const index = indexOf(slot);
    const before = this.counts[index] ?? 0;
    const after = Math.min(SLOT_MAX, Math.max(0, before + amount));
    this.counts[index] = after;
    this.sum += after - before;
  }
}

function indexOf(slot: number): number {
  return ((slot % SLOTS) + SLOTS) % SLOTS;
}
