import type { Clock } from '../kernel/clock.js';
import { isAboutCredential, type Verdict } from '../kernel/gemini/verdict.js';
import { tell } from './health/breakers.js';
import type { Health } from './health/health.js';
import { HeldLease, type LeaseKeeper, type LeaseTerms } from './held-lease.js';
import type { BucketBook } from './quota/bucket-book.js';
import { limitsTold } from './quota/limits-told.js';
import type { TokenEstimator } from './quota/token-estimator.js';

/** What the books are kept in. */
export interface Ledger {
  readonly health: Health;
  readonly buckets: BucketBook;
  readonly estimator: TokenEstimator;
  readonly clock: Clock;
  /** Room came back before its time. */
  readonly onRoom: () => void;
}

/** Keeps what leases teach: every answer rests or frees what it speaks of, every end gives back what was reserved. */
export class LeaseBooks implements LeaseKeeper {
  constructor(private readonly ledger: Ledger) {}

  /** Opens a lease: from here on its share of the bucket is taken. */
  open(terms: LeaseTerms): HeldLease {
    const { candidate, pool } = terms;
    const monotonicMs = this.ledger.clock.monotonic();
    candidate.load.inFlight += 1;
    this.ledger.health.breakers.upstream.enter(monotonicMs);
    pool.breaker.enter(monotonicMs);
    return new HeldLease(terms, this);
  }

  heard(lease: HeldLease, verdict: Verdict, isFirst: boolean): void {
    if (isFirst) this.heardFirst(lease, verdict);
    else this.heardLate(lease, verdict);
    this.judge(lease, verdict);
  }

  ended(lease: HeldLease, inputTokens: number | undefined): void {
    const { candidate, pool, reservation, model, input } = lease.terms;
    const {
      health: { breakers },
      clock,
      estimator,
    } = this.ledger;
    candidate.load.inFlight -= 1;
    if (!lease.wasHeard) {
      const nowMs = clock.monotonic();
      breakers.upstream.leave(nowMs);
      pool.breaker.leave(nowMs);
    }
    if (inputTokens === undefined || lease.isReleased) return;
    candidate.bucket.reconcile(reservation, inputTokens);
    estimator.learn(model, input, inputTokens);
  }

  private heardFirst({ terms }: HeldLease, verdict: Verdict): void {
    const {
      health: { breakers },
      clock,
    } = this.ledger;
    const { candidate, pool, sinceMs } = terms;
    const nowMs = clock.monotonic();
    candidate.load.observe(nowMs - sinceMs, verdict.scope === 'upstream' || verdict.scope === 'model', nowMs);
    tell(breakers.upstream, pool.breaker, verdict, nowMs);
  }

  /** An answer that turned bad on its way: a good beginning was counted already. */
  private heardLate({ terms }: HeldLease, verdict: Verdict): void {
    const nowMs = this.ledger.clock.monotonic();
    if (verdict.scope === 'upstream') this.ledger.health.breakers.upstream.fail(nowMs);
    if (verdict.scope === 'model') terms.pool.breaker.fail(nowMs);
  }

  private judge(lease: HeldLease, verdict: Verdict): void {
    const { candidate } = lease.terms;
    const nowMs = this.ledger.clock.now();
    if (verdict.scope === 'bucket') candidate.bucket.learn(limitsTold(verdict.violations), nowMs);
    if (provesModel(verdict)) this.ledger.buckets.prove(candidate.bucket, lease.terms.lane);
    this.ledger.health.heard(candidate, verdict);
    if (wasNeverCounted(verdict)) this.release(lease, nowMs);
  }

  private release(lease: HeldLease, nowMs: number): void {
    if (lease.isReleased) return;
    lease.isReleased = true;
    lease.terms.candidate.bucket.release(lease.terms.reservation, nowMs);
    this.ledger.onRoom();
  }
}

/** Refused for quota or for its credential, or never sent: Google's counters did not move. */
function wasNeverCounted(verdict: Verdict): boolean {
  if (verdict.scope === 'upstream') return verdict.reason === 'unreachable';
  return verdict.scope === 'bucket' || isAboutCredential(verdict);
}

/** Google serves the model, or speaks of its quota. */
function provesModel(verdict: Verdict): boolean {
  return verdict.scope === 'ok' || (verdict.scope === 'bucket' && verdict.violations.length > 0);
}
