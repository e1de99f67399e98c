import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ConfigStore } from '../config/config.store.js';
import type { ProxyConfig } from '../config/schema.js';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';
import type { KeyCensus } from '../kernel/key-census.js';
import type { Warmth } from '../kernel/settled-exchange.js';
import { type Narrowed, WarmPlaces } from './affinity/warm-places.js';
import type { Candidate } from './candidate.js';
import { Health } from './health/health.js';
import { KeyLoads } from './health/key-loads.js';
import { scopes } from './health/scopes.js';
import { KeyOverridesStore } from './keys/key-overrides.js';
import type { KeyRing } from './keys/key-ring.js';
import type { UpstreamKey } from './keys/upstream-key.js';
import { LeaseBooks } from './lease-books.js';
import type { Lease, Patience, Wish } from './lease.js';
import type { Candidates, Choice, Pool } from './pool.js';
import { Pools } from './pools.js';
import { DecisionLog } from './presets/decision-log.js';
import { WaitingRoom } from './queue/waiting-room.js';
import { BucketBook } from './quota/bucket-book.js';
import { TokenEstimator } from './quota/token-estimator.js';
import type { LeaseCensus } from './rotation/lease-census.js';

const NOBODY: ReadonlySet<string> = new Set();

/** A key that was chosen for an attempt. */
interface Pick {
  readonly candidate: Candidate;
  readonly warmth: Warmth | undefined;
}

/** Chooses the key of every attempt and remembers what upstream said of each. */
@Injectable()
export class Balancer implements KeyCensus, LeaseCensus, OnApplicationBootstrap, OnModuleDestroy {
  readonly buckets: BucketBook;
  private readonly loads = new KeyLoads();
  private readonly warmPlaces = new WarmPlaces();
  private readonly estimator = new TokenEstimator();
  private readonly room: WaitingRoom<Wish, Lease>;
  private readonly books: LeaseBooks;
  private readonly unsubscribe: readonly (() => void)[];
  private pools: Pools;
  private hasStarted = false;

  constructor(
    private readonly config: ConfigStore,
    private readonly clock: Clock,
    private readonly health: Health,
    private readonly overrides: KeyOverridesStore,
    private readonly decisions: DecisionLog,
  ) {
    const wake = (): void => {
      this.room.wake();
    };
    this.buckets = new BucketBook(config.current.gemini);
    this.room = new WaitingRoom(clock, {
      take: (wish) => this.take(wish, NOBODY),
      freeAtMs: (wish) => this.opensAtMs(wish),
    });
    this.books = new LeaseBooks({
      health,
      buckets: this.buckets,
      estimator: this.estimator,
      clock,
      onRoom: wake,
      isPresent: (key) => this.isPresent(key),
    });
    this.pools = this.build();
    this.unsubscribe = [
      config.onChange((next) => {
        this.reconfigure(next);
      }),
      overrides.onChange(() => {
        this.rebuild();
      }),
      health.onChange((scope) => {
        if (scope.closedUntilMs === 0) wake();
      }),
    ];
  }

  /** The keys of the configuration in force. */
  get ring(): KeyRing {
    return this.pools.ring;
  }

  /** How many calls wait for a key. */
  get waiting(): number {
    return this.room.size;
  }

  /**
   * A key for the next attempt of a call, never one in `tried`, and never one that rests or has no room unless the wish
   * names that very key; undefined when there is none, or when others wait for the same.
   */
  lease(wish: Wish, tried: ReadonlySet<string> = NOBODY): Lease | undefined {
    return this.room.size > 0 && this.room.hasLine(lineOf(wish)) ? undefined : this.take(wish, tried);
  }

  /** Waits for a lease in the line of those who wish the same; undefined when none came in time, or will come. */
  wait(wish: Wish, { maxWaitMs, onLeave }: Patience): Promise<Lease | undefined> {
    const { max_size: maxSize } = this.config.current.gemini.queue;
    return this.room.wait({
      lineName: lineOf(wish),
      caller: wish.caller,
      wants: wish,
      maxWaitMs,
      maxSize,
      onLeave,
    });
  }

  /** Whether another key than those in `tried` could be leased now. */
  hasCandidate(wish: Wish, tried: ReadonlySet<string>): boolean {
    const pool = this.pools.pool(wish.model, wish.lane);
    if (wish.place?.kind === 'key') return pinned(pool, wish.place.key, tried) !== undefined;
    return this.passes(pool) && pool.open(this.choiceOf(wish, tried)) !== undefined;
  }

  /**
   * Epoch milliseconds from which the wish can be granted; Infinity when no time is known, or while a breaker stops such
   * calls: those are to fail at once.
   */
  opensAtMs(wish: Wish): number {
    const pool = this.pools.pool(wish.model, wish.lane);
    return this.passes(pool) ? pool.opensAtMs(this.choiceOf(wish, NOBODY)) : Infinity;
  }

  /** Why no key can be had for a wish, with the time of the earliest return where one is known. */
  exhausted(wish: Wish): Fault {
    const monotonicMs = this.clock.monotonic();
    const { upstream } = this.health.breakers;
    const { breaker } = this.pools.pool(wish.model, wish.lane);
    if (!upstream.allows(monotonicMs)) {
      return new Fault('upstream_unreachable', { retryAfterMs: Math.max(1_000, upstream.opensInMs(monotonicMs)) });
    }
    if (!breaker.allows(monotonicMs)) {
      return new Fault('model_overloaded', { retryAfterMs: Math.max(1_000, breaker.opensInMs(monotonicMs)) });
    }
    const opensAtMs = this.opensAtMs(wish);
    if (opensAtMs === Infinity) return new Fault('keys_unavailable');
    return new Fault('keys_exhausted', { retryAfterMs: Math.max(1, opensAtMs - this.clock.now()) });
  }

  /** The ids of a project's keys. */
  keysOf(project: string): string[] {
    return this.ring.keys.filter((key) => key.project === project).map(({ id }) => id);
  }

  inFlightOf(keyId: string, fingerprint: string): number {
    return this.loads.inFlight(keyId, fingerprint);
  }

  usable(): number {
    const nowMs = this.clock.now();
    return this.ring.keys.filter((key) => key.isInUse && key.isValidAt(nowMs) && !this.health.rests(key)).length;
  }

  total(): number {
    return this.ring.keys.length;
  }

  /** From here on a changed secret is a new one; before, what was known of the keys is put together. */
  onApplicationBootstrap(): void {
    this.hasStarted = true;
  }

  onModuleDestroy(): void {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
  }

  /** Whether a key of a lease still has the secret that the lease was given with. */
  private isPresent(key: UpstreamKey): boolean {
    const present = this.ring.get(key.id);
    return present !== undefined && isSame(present, key);
  }

  private take(wish: Wish, tried: ReadonlySet<string>): Lease | undefined {
    const pool = this.pools.pool(wish.model, wish.lane);
    const choice = this.choiceOf(wish, tried);
    const pick = wish.place?.kind === 'key' ? pinned(pool, wish.place.key, tried) : this.pick(pool, wish, choice);
    return pick && this.open(pool, pick, wish, choice);
  }

  private open(pool: Pool, { candidate, warmth }: Pick, wish: Wish, { nowMs, inputTokens }: Choice): Lease {
    const reservation = candidate.bucket.reserve(nowMs, inputTokens);
    const { model, lane, input } = wish;
    const sinceMs = this.clock.monotonic();
    return this.books.open({ pool, candidate, reservation, model, lane, input, warmth, sinceMs });
  }

  private pick(pool: Pool, wish: Wish, choice: Choice): Pick | undefined {
    const open = this.passes(pool) ? pool.open(choice) : undefined;
    if (!open) return undefined;
    const { candidates, warmth } = this.warmest(pool.preferred(open), wish, choice.nowMs);
    const candidate = pool.strategy.pick(candidates);
    this.decisions.record(wish, candidate, open, choice.inputTokens, choice.nowMs);
    return { candidate, warmth };
  }

  private passes({ breaker }: Pool): boolean {
    const nowMs = this.clock.monotonic();
    return this.health.breakers.upstream.allows(nowMs) && breaker.allows(nowMs);
  }

  private warmest(open: Candidates, { warmth }: Wish, nowMs: number): Narrowed {
    const { affinity } = this.config.current.gemini;
    if (warmth === undefined || !affinity.prefix) return { candidates: open, warmth: undefined };
    return this.warmPlaces.narrow(open, warmth, nowMs, affinity);
  }

  private choiceOf({ place, model, input }: Wish, tried: ReadonlySet<string>): Choice {
    const inputTokens = this.estimator.estimate(model, input);
    return { place, tried, nowMs: this.clock.now(), inputTokens };
  }

  private build(): Pools {
    const { health, buckets, clock } = this;
    const state = { coolDowns: health.coolDowns, breakers: health.breakers, buckets, clock, random: Math.random };
    return new Pools(this.config.current, this.overrides.current, state, this.loads);
  }

  private reconfigure(next: ProxyConfig): void {
    this.buckets.configure(next.gemini);
    this.health.coolDowns.clearKind('excluded');
    this.rebuild();
  }

  /** Strategies begin anew, since credit of other weights would burst. */
  private rebuild(): void {
    const before = this.ring;
    this.pools = this.build();
    this.loads.tidy(this.ring);
    if (this.hasStarted) this.forgiveReplaced(before);
    this.room.wake();
  }

  /** A replaced secret starts with a clean record. */
  private forgiveReplaced(before: KeyRing): void {
    for (const key of this.ring.keys) {
      const old = before.get(key.id);
      if (old && !isSame(old, key)) this.health.outdated(this.health.coolDowns.scope(scopes.key(key)));
    }
  }
}

function isSame(one: UpstreamKey, other: UpstreamKey): boolean {
  return one.secret.reveal() === other.secret.reveal();
}

function pinned(pool: Pool, keyId: string, tried: ReadonlySet<string>): Pick | undefined {
  const candidate = tried.has(keyId) ? undefined : pool.find(keyId);
  return candidate && { candidate, warmth: undefined };
}

/** Calls that wish the same wait in one line. */
function lineOf({ lane, model, place }: Wish): string {
  const where = place === undefined ? '' : place.kind === 'project' ? `@${place.project}` : `#${place.key}`;
  return `${lane}:${model ?? ''}${where}`;
}
