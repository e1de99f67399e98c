import type { Clock } from '../kernel/clock.js';
import { isAboutCredential, type Verdict } from '../kernel/gemini/verdict.js';
import { Passage } from './health/breakers.js';
import type { Health } from './health/health.js';
import { HeldLease, type LeaseKeeper, type LeaseTerms } from './held-lease.js';
import type { UpstreamKey } from './keys/upstream-key.js';
import type { BucketBook } from './quota/bucket-book.js';
import { limitsTold } from './quota/limits-told.js';
import type { TokenEstimator } from './quota/token-estimator.js';

/** What the books are kept in. */
export interface Ledger {
  readonly health: Health;
  readonly buckets: BucketBook;
  readonly estimator: TokenEstimator;
  readonly clock: Clock;
  /** Whether the secret of a key is the one that new leases get. */
  readonly isPresent: (key: UpstreamKey) => boolean;
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
    // The caller may have left before the first word came: then the books on the attempt itself are closed.
    if (isFirst && !lease.isOver) this.heardFirst(lease, verdict, nowMs);
    else lease.passage.heardLate(verdict, nowMs);
    this.judge(lease, verdict);
    // What began well was counted, however it ended.
    if (isFirst && wasNeverCounted(verdict)) this.release(lease);
  }

  ended(lease: HeldLease, inputTokens: number | undefined): void {
    const { candidate, reservation, model, input } = lease.terms;
    candidate.load.inFlight -= 1;
    if (!lease.wasHeard) lease.passage.leave();
    if (inputTokens === undefined || lease.isReleased) return;
    candidate.bucket.reconcile(reservation, inputTokens);
    this.ledger.estimator.learn(model, input, inputTokens);
  }

  private heardFirst({ terms: { candidate, sinceMs }, passage }: HeldLease, verdict: Verdict, nowMs: number): void {
    candidate.load.observe(nowMs - sinceMs, verdict.scope === 'upstream' || verdict.scope === 'model', nowMs);
    passage.heard(verdict, nowMs);
  }

  private judge({ terms: { candidate, lane } }: HeldLease, verdict: Verdict): void {
    const { clock, buckets, health, isPresent } = this.ledger;
    if (verdict.scope === 'bucket') candidate.bucket.learn(limitsTold(verdict.violations), clock.now());
    if (provesModel(verdict)) buckets.prove(candidate.bucket, lane);
    // What is said of a replaced secret says nothing of the new one.
    if (verdict.scope !== 'key' || isPresent(candidate.key)) health.heard(candidate, verdict);
  }

  private release(lease: HeldLease): void {
    const { candidate, reservation } = lease.terms;
    lease.isReleased = true;
    candidate.bucket.release(reservation, this.ledger.clock.now());
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
