import { clearImmediate, setImmediate } from 'node:timers';
import { type Cancel, Clock } from '../../src/kernel/clock.js';

/**
 * A clock on which short waits are over at once, and time moves on by as much; waits of ten seconds and more, such as the
 * limits of calls, are over only when a test moves time on.
 */
export class HurriedClock extends Clock {
  private elapsedMs = 0;
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
    const immediate = setImmediate(() => {
      this.elapsedMs += delayMs;
      callback();
    });
    return () => {
      clearImmediate(immediate);
    };
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
