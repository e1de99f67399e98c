import type { InputSize } from '../kernel/gemini/input-size.js';
import type { Verdict } from '../kernel/gemini/verdict.js';
import type { Warmth } from '../kernel/settled-exchange.js';
import type { Candidate } from './candidate.js';
import type { Passage } from './health/breakers.js';
import type { UpstreamKey } from './keys/upstream-key.js';
import type { Lane, Lease } from './lease.js';
import type { Pool } from './pool.js';
import type { Reservation } from './quota/bucket.js';

/** The terms of a lease. */
export interface LeaseTerms {
  readonly pool: Pool;
  readonly candidate: Candidate;
  readonly reservation: Reservation;
  readonly model: string | undefined;
  readonly lane: Lane;
  readonly input: InputSize;
  readonly warmth: Warmth | undefined;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
}

/** Who keeps the books of leases. */
export interface LeaseKeeper {
  heard(lease: HeldLease, verdict: Verdict, isFirst: boolean): void;
  ended(lease: HeldLease, inputTokens: number | undefined): void;
}

/** A lease under way. */
export class HeldLease implements Lease {
  /** The reservation was given back: upstream never counted the call. */
  isReleased = false;
  private hasHeard = false;
  private hasEnded = false;

  constructor(
    readonly terms: LeaseTerms,
    readonly passage: Passage,
    private readonly keeper: LeaseKeeper,
  ) {}

  get key(): UpstreamKey {
    return this.terms.candidate.key;
  }

  get warmth(): Warmth | undefined {
    return this.terms.warmth;
  }

  /** Whether upstream has said something. */
  get wasHeard(): boolean {
    return this.hasHeard;
  }

  get isOver(): boolean {
    return this.hasEnded;
  }

  heard(verdict: Verdict): void {
    const isFirst = !this.hasHeard;
    this.hasHeard = true;
    this.keeper.heard(this, verdict, isFirst);
  }

  end(inputTokens?: number): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.keeper.ended(this, inputTokens);
  }
}
