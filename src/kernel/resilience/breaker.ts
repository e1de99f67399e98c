import { ceilingMs } from './backoff.js';

export interface BreakerOptions {
  /** Failures within the window that open it, if they are at least half of the calls. */
  readonly failures: number;
  readonly window: number;
  /** The first pause; doubles with each repetition up to `max_open`. */
  readonly open: number;
  readonly max_open: number;
  /** Trial calls that must succeed before all calls pass again. */
  readonly probes: number;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Below this share of failures something works: a few bad requests must not stop everybody. */
const FAILED_SHARE_MIN = 0.5;

/** Returned for a call that passes although the breaker lets none pass: what becomes of it says nothing. */
const UNINVITED = -1;

/**
 * Stops calls to something that fails. After a pause a few trial calls pass; their success closes it, a failure opens it
 * for longer. A call speaks only of the time it was sent in: one that was sent before the breaker opened neither closes
 * it nor opens it for longer. Times are monotonic milliseconds.
 */
export class Breaker {
  private failed = 0;
  private succeeded = 0;
  private windowEndsMs = 0;
  private openUntilMs = 0;
  private trips = 0;
  private trials = 0;
  private trialsWell = 0;
  /** Counts how often it opened and closed. */
  private era = 0;

  constructor(private readonly options: () => BreakerOptions) {}

  state(nowMs: number): BreakerState {
    if (this.trips === 0) return 'closed';
    return nowMs < this.openUntilMs ? 'open' : 'half_open';
  }

  /** Whether a call may pass now; asks without taking a trial. */
  allows(nowMs: number): boolean {
    if (this.trips === 0) return true;
    return nowMs >= this.openUntilMs && this.trials + this.trialsWell < this.options().probes;
  }

  /** A call passes. What is returned goes with it to `succeed`, `fail` or `leave`; each call must end in one of them. */
  enter(nowMs: number): number {
    if (!this.allows(nowMs)) return UNINVITED;
    if (this.trips > 0) this.trials += 1;
    return this.era;
  }

  /** The call did well. */
  succeed(era: number, nowMs: number): void {
    if (era !== this.era) return;
    if (this.trips > 0) {
      this.trials -= 1;
      this.trialsWell += 1;
      if (this.trialsWell >= this.options().probes) this.close();
      return;
    }
    this.turn(nowMs);
    this.succeeded += 1;
  }

  /** The call failed. */
  fail(era: number, nowMs: number): void {
    if (era !== this.era) return;
    if (this.trips > 0) {
      this.trip(nowMs);
      return;
    }
    this.turn(nowMs);
    this.failed += 1;
    const isMostlyFailing = this.failed >= (this.failed + this.succeeded) * FAILED_SHARE_MIN;
    if (this.failed >= this.options().failures && isMostlyFailing) this.trip(nowMs);
  }

  /** The call ended without a word on what the breaker watches. */
  leave(era: number): void {
    if (era === this.era && this.trips > 0) this.trials -= 1;
  }

  /** Milliseconds until calls may pass again; 0 when they may. */
  opensInMs(nowMs: number): number {
    return this.trips === 0 ? 0 : Math.max(0, this.openUntilMs - nowMs);
  }

  private trip(nowMs: number): void {
    const { open, max_open: max } = this.options();
    this.trips += 1;
    this.openUntilMs = nowMs + ceilingMs({ base: open, max }, this.trips);
    this.restart(nowMs);
  }

  private close(): void {
    this.trips = 0;
    this.restart(0);
  }

  private restart(nowMs: number): void {
    this.era += 1;
    this.trials = 0;
    this.trialsWell = 0;
    this.failed = 0;
    this.succeeded = 0;
    this.windowEndsMs = nowMs + this.options().window;
  }

  private turn(nowMs: number): void {
    if (nowMs < this.windowEndsMs) return;
    this.failed = 0;
    this.succeeded = 0;
    this.windowEndsMs = nowMs + this.options().window;
  }
}
