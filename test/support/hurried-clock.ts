import { type Cancel, Clock } from '../../src/kernel/clock.js';

/**
 * A clock on which short waits are over at once, and time moves on by as much; waits of ten seconds and more, such as the
 * limits of calls, are over only when a test moves time on.
 */
export class HurriedClock extends Clock {
  private elapsedMs = 0;
  private held: Set<() => void> | undefined;
  private long: { readonly dueMs: number; readonly callback: () => void }[] = [];

  constructor(private readonly epochMs = Date.UTC(2026, 0, 1)) {
    super();
  }

  now(): number {
    return this.epochMs + this.elapsedMs;
  }

  monotonic(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, callback: () => void): Cancel {
    if (delayMs >= 10_000) return this.appoint(delayMs, callback);
    let cancelled = false;
    const end = (): void => {
      if (cancelled) return;
      if (this.held) {
        this.held.add(end);
        return;
      }
      this.elapsedMs += delayMs;
      callback();
    };
    setImmediate(end);
    return () => {
      cancelled = true;
    };
  }

  /** Short waits last until time is let go again. */
  hold(): void {
    this.held ??= new Set();
  }

  letGo(): void {
    const waits = this.held ?? [];
    this.held = undefined;
    for (const end of waits) end();
  }

  /** Moves time on and ends the long waits that are over by then. */
  advance(ms: number): void {
    this.elapsedMs += ms;
    const due = this.long.filter(({ dueMs }) => dueMs <= this.elapsedMs);
    this.long = this.long.filter((wait) => !due.includes(wait));
    for (const { callback } of due) callback();
  }

  private appoint(delayMs: number, callback: () => void): Cancel {
    const wait = { dueMs: this.elapsedMs + delayMs, callback };
    this.long.push(wait);
    return () => {
      this.long = this.long.filter((other) => other !== wait);
    };
  }
}
