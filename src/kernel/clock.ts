/** Cancels a scheduled call; calling it twice, or after the call happened, does nothing. */
export type Cancel = () => void;

/** Where time comes from. Injected everywhere, so that tests own it. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch; may jump when the machine's clock is set. */
  abstract now(): number;

  /** Milliseconds that only ever grow; for durations. */
  abstract monotonic(): number;

  /** Calls `callback` once after `delayMs`; does not keep the process alive. */
  abstract after(delayMs: number, callback: () => void): Cancel;
}

/** The machine's own clock. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): Cancel {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  }
}
