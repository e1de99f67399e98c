import type { Cancel, Clock } from '../clock.js';
import { Fault } from '../errors/fault.js';

const RETRY_AFTER_MS = 1_000;

export interface StoreGateOptions {
  /** Milliseconds that one piece of work may take. */
  readonly limitMs: number;
  /** Pieces of work that may be under way: those that the store does not answer would pile up. */
  readonly atOnce: number;
}

/** The way to a store that may not answer: whoever goes through it waits for a bounded time, and not among too many. */
export class StoreGate {
  private underWay = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: StoreGateOptions,
  ) {}

  /** What the work brings. @throws Fault store_unavailable when it fails, takes too long, or too much is under way */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.underWay >= this.options.atOnce) throw unavailable(new Error('too much is under way'));
    this.underWay += 1;
    // What takes too long is under way still, until the store has answered or given up.
    const done = work().finally(() => {
      this.underWay -= 1;
    });
    return this.inTime(done);
  }

  private inTime<T>(work: Promise<T>): Promise<T> {
    const { limitMs } = this.options;
    let stop: Cancel = () => undefined;
    const late = new Promise<never>((_, reject) => {
      stop = this.clock.after(limitMs, () => {
        reject(new Error(`the store did not answer within ${limitMs} ms`));
      });
    });
    return Promise.race([work, late])
      .catch((cause: unknown) => {
        throw unavailable(cause);
      })
      .finally(() => {
        stop();
      });
  }
}

function unavailable(cause: unknown): Fault {
  return new Fault('store_unavailable', { cause, retryAfterMs: RETRY_AFTER_MS });
}
