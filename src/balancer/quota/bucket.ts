import { DayCount } from './day-count.js';
import { LearnedLimits, type ToldLimits } from './learned-limits.js';
import { type Dimension, DIMENSIONS, type KnownLimits, type Limits } from './limits.js';
import { SlidingWindow } from './sliding-window.js';

export { LEARNED_TTL_MS } from './learned-limits.js';

/** One call's share of a bucket, held from before it is sent until its usage is known. */
export interface Reservation {
  readonly slot: number;
  readonly dayEndMs: number;
  /** What is held of the minute's tokens: the estimate, later what was really used. */
  inputTokens: number;
}

/** What was spent since it was last asked. */
export interface Spent {
  readonly requests: number;
  readonly inputTokens: number;
}

/** How much of a dimension is used. */
export interface DimensionState {
  readonly dimension: Dimension;
  readonly used: number;
  /** Infinity when no limit is known. */
  readonly limit: number;
}

/**
 * A project's quota for one model: requests a minute, input tokens a minute, requests a day. Room is reserved before a
 * call is sent and corrected when its usage is known; failed calls count as Google counts them.
 */
export class Bucket {
  /** Upstream has served a call of it, or told of its quota: its model exists. */
  isProven = false;
  private readonly requests = new SlidingWindow();
  private readonly tokens = new SlidingWindow();
  private readonly day = new DayCount();
  private readonly learnedLimits = new LearnedLimits();
  private limits: Readonly<Record<Dimension, number>>;
  private unsavedRequests = 0;
  private unsavedTokens = 0;
  private hasNews = false;

  /** `onSpent` hears of the first change after each `takeSpent`. */
  constructor(
    readonly project: string,
    readonly model: string | undefined,
    private configured: KnownLimits,
    private readonly onSpent: () => void = () => undefined,
  ) {
    this.limits = this.effective();
  }

  /** Takes over a changed configuration; what was used and learned stays. */
  configure(configured: KnownLimits): void {
    this.configured = configured;
    this.limits = this.effective();
  }

  /** Whether a call of so many input tokens fits now. A call that is larger than the limit fits when it is alone. */
  hasRoom(nowMs: number, inputTokens: number): boolean {
    const { rpm, tpm, rpd } = this.limitsAt(nowMs);
    return (
      this.requests.hasRoom(nowMs, 1, rpm) &&
      tpm > 0 &&
      this.tokens.hasRoom(nowMs, inputTokens < tpm ? inputTokens : tpm, tpm) &&
      this.day.hasRoom(nowMs, rpd)
    );
  }

  /** Epoch milliseconds from which such a call fits, as far as is known now. */
  roomAtMs(nowMs: number, inputTokens: number): number {
    const { rpm, tpm, rpd } = this.limitsAt(nowMs);
    if (rpm === 0 || tpm === 0 || rpd === 0) return Infinity;
    return Math.max(
      rpm === Infinity ? nowMs : this.requests.roomAtMs(nowMs, 1, rpm),
      tpm === Infinity ? nowMs : this.tokens.roomAtMs(nowMs, inputTokens, tpm),
      rpd === Infinity || this.day.total(nowMs) < rpd ? nowMs : this.day.endMs(nowMs),
    );
  }

  /** Takes a call's share. */
  reserve(nowMs: number, inputTokens: number): Reservation {
    const slot = this.requests.add(nowMs, 1);
    this.tokens.add(nowMs, inputTokens);
    this.day.add(nowMs, 1);
    this.note(1, inputTokens);
    return { slot, dayEndMs: this.day.endMs(nowMs), inputTokens };
  }

  /** Puts the tokens that were really used in the place of the estimate. */
  reconcile(reservation: Reservation, inputTokens: number): void {
    const difference = inputTokens - reservation.inputTokens;
    reservation.inputTokens = inputTokens;
    this.tokens.adjust(reservation.slot, difference);
    this.note(0, difference);
  }

  /** Gives a share back: upstream never counted the call. */
  release(reservation: Reservation, nowMs: number): void {
    this.requests.adjust(reservation.slot, -1);
    this.tokens.adjust(reservation.slot, -reservation.inputTokens);
    if (reservation.dayEndMs !== this.day.endMs(nowMs)) return;
    this.day.add(nowMs, -1);
    this.note(-1, -reservation.inputTokens);
  }

  /** Believes limits that a refusal told at a time. */
  learn(limits: Limits, atMs: number): void {
    this.learnedLimits.learn(limits, atMs);
    this.limits = this.effective();
    this.note(0, 0);
  }

  /** Puts back what the day had used before a restart. */
  restore(requestsOfDay: number, nowMs: number): void {
    this.day.add(nowMs, requestsOfDay);
  }

  /** What was spent or learned since it was last asked; undefined when nothing was. */
  takeSpent(): Spent | undefined {
    if (!this.hasNews) return undefined;
    const spent = { requests: this.unsavedRequests, inputTokens: this.unsavedTokens };
    this.hasNews = false;
    this.unsavedRequests = 0;
    this.unsavedTokens = 0;
    return spent;
  }

  /** Takes back what could not be written. */
  returnSpent({ requests, inputTokens }: Spent): void {
    this.hasNews = true;
    this.unsavedRequests += requests;
    this.unsavedTokens += inputTokens;
  }

  /** The limits that refusals told, as far as they are believed still. */
  get learned(): ToldLimits | undefined {
    return this.learnedLimits.told;
  }

  /** Use and limit of each dimension, for people. */
  stateAt(nowMs: number): DimensionState[] {
    const used = { rpm: this.requests.total(nowMs), tpm: this.tokens.total(nowMs), rpd: this.day.total(nowMs) };
    const limits = this.limitsAt(nowMs);
    return DIMENSIONS.map((dimension) => ({ dimension, used: used[dimension], limit: limits[dimension] }));
  }

  private note(requests: number, inputTokens: number): void {
    this.unsavedRequests += requests;
    this.unsavedTokens += inputTokens;
    if (this.hasNews) return;
    this.hasNews = true;
    this.onSpent();
  }

  private limitsAt(nowMs: number): Readonly<Record<Dimension, number>> {
    if (nowMs >= this.learnedLimits.staleAtMs) {
      this.learnedLimits.forgetStale(nowMs);
      this.limits = this.effective();
    }
    return this.limits;
  }

  /** Google's word corrects the tier's; the operator's own bound holds beside both. */
  private effective(): Readonly<Record<Dimension, number>> {
    const { own, tier } = this.configured;
    const granted = { ...tier, ...this.learnedLimits.told?.limits };
    const limit = (dimension: Dimension): number =>
      Math.min(own[dimension] ?? Infinity, granted[dimension] ?? Infinity);
    return { rpm: limit('rpm'), tpm: limit('tpm'), rpd: limit('rpd') };
  }
}
