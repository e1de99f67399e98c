import type { Clock } from '../kernel/clock.js';
import { isAboutCredential, type Verdict } from '../kernel/gemini/verdict.js';
import { Passage } from './health/breakers.js';
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
    const { candidate, pool, sinceMs } = terms;
    candidate.load.inFlight += 1;
    return new HeldLease(terms, new Passage(this.ledger.health.breakers.upstream, pool.breaker, sinceMs), this);
  }

  heard(lease: HeldLease, verdict: Verdict, isFirst: boolean): void {
    const nowMs = this.ledger.clock.monotonic();
    if (isFirst) {
      const { candidate, sinceMs } = lease.terms;
      candidate.load.observe(nowMs - sinceMs, verdict.scope === 'upstream' || verdict.scope === 'model', nowMs);
      lease.passage.heard(verdict, nowMs);
    } else lease.passage.heardLate(verdict, nowMs);
    this.judge(lease, verdict);
  }

  ended(lease: HeldLease, inputTokens: number | undefined): void {
    const { candidate, reservation, model, input } = lease.terms;
    candidate.load.inFlight -= 1;
    if (!lease.wasHeard) lease.passage.leave();
    if (inputTokens === undefined || lease.isReleased) return;
    candidate.bucket.reconcile(reservation, inputTokens);
    this.ledger.estimator.learn(model, input, inputTokens);
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
