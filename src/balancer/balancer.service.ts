import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ConfigStore } from '../config/config.store.js';
import type { ProxyConfig } from '../config/schema.js';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';
import type { Verdict } from '../kernel/gemini/verdict.js';
import type { KeyCensus } from '../kernel/key-census.js';
import { type CoolDown, CoolDowns } from './cool-downs.js';
import { KeyEvents } from './key-events.js';
import { KeyRing } from './key-ring.js';
import type { Lease, Wish } from './lease.js';
import { isPenalty, penalise } from './penalty.js';
import { scopes, scopesOf } from './scopes.js';
import { WeightedRoundRobin } from './strategies/weighted-round-robin.js';
import type { UpstreamKey } from './upstream-key.js';

/** Chooses the key of every attempt and remembers what upstream said of each. */
@Injectable()
export class Balancer implements KeyCensus, OnModuleDestroy {
  private ring: KeyRing;
  private readonly coolDowns = new CoolDowns();
  private strategy = new WeightedRoundRobin();
  private readonly unsubscribe: () => void;

  constructor(
    config: ConfigStore,
    private readonly clock: Clock,
    private readonly events: KeyEvents,
  ) {
    this.ring = KeyRing.from(config.current);
    this.unsubscribe = config.onChange((next) => {
      this.swap(next);
    });
  }

  /**
   * A key for the next attempt of a call, never one in `tried`, and never one that rests unless the wish pins it; undefined
   * when there is none.
   */
  lease(wish: Wish, tried: ReadonlySet<string>): Lease | undefined {
    const key = wish.pinnedKey === undefined ? this.choose(wish, tried) : this.ring.get(wish.pinnedKey);
    return key && !tried.has(key.id) ? this.leaseOf(key, wish.model) : undefined;
  }

  /** Whether another key than those in `tried` could be leased now. */
  hasCandidate(wish: Wish, tried: ReadonlySet<string>): boolean {
    if (wish.pinnedKey !== undefined) return !tried.has(wish.pinnedKey);
    return this.candidates(wish, tried).length > 0;
  }

  /** Why no key can be had for a wish, with the time of the earliest return where one is known. */
  exhausted(wish: Wish): Fault {
    const nowMs = this.clock.now();
    const rests = this.ring.keys
      .filter((key) => key.serves(wish.model) && key.isValidAt(nowMs))
      .map((key) => this.longestRest(key, wish.model, nowMs))
      .filter((rest) => rest !== undefined);
    const returning = rests.filter((rest) => rest.kind === 'quota' && Number.isFinite(rest.untilMs));
    if (returning.length === 0) return new Fault('keys_unavailable');
    const earliestMs = Math.min(...returning.map((rest) => rest.untilMs));
    return new Fault('keys_exhausted', { retryAfterMs: earliestMs - nowMs });
  }

  usable(): number {
    const nowMs = this.clock.now();
    return this.ring.keys.filter(
      (key) =>
        key.isValidAt(nowMs) &&
        [scopes.key(key), scopes.project(key), scopes.billingAccount(key)].every(
          (scope) => !this.coolDowns.at(scope, nowMs),
        ),
    ).length;
  }

  total(): number {
    return this.ring.keys.length;
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  private choose(wish: Wish, tried: ReadonlySet<string>): UpstreamKey | undefined {
    const turn = `${wish.billable ? 'billed' : 'free'}:${wish.model ?? ''}`;
    return this.strategy.pick(this.candidates(wish, tried), turn);
  }

  private candidates(wish: Wish, tried: ReadonlySet<string>): UpstreamKey[] {
    const nowMs = this.clock.now();
    return this.ring.keys.filter(
      (key) =>
        !tried.has(key.id) &&
        key.isValidAt(nowMs) &&
        key.serves(wish.model) &&
        (this.coolDowns.isEmpty || !this.longestRest(key, wish.model, nowMs)),
    );
  }

  private leaseOf(key: UpstreamKey, model: string | undefined): Lease {
    return {
      key,
      settle: (verdict) => {
        this.settle(key, model, verdict);
      },
    };
  }

  private settle(key: UpstreamKey, model: string | undefined, verdict: Verdict): void {
    const nowMs = this.clock.now();
    if (isPenalty(verdict)) {
      const scope = penalise(this.coolDowns, key, model, verdict, nowMs);
      this.events.rested(key, scope, verdict);
    } else if (verdict.scope === 'ok' && !this.coolDowns.isEmpty) {
      for (const scope of scopesOf(key, model)) this.coolDowns.forgive(scope, nowMs);
    }
  }

  private longestRest(key: UpstreamKey, model: string | undefined, nowMs: number): CoolDown | undefined {
    let longest: CoolDown | undefined;
    for (const scope of scopesOf(key, model)) {
      const rest = this.coolDowns.at(scope, nowMs);
      if (rest && rest.untilMs > (longest?.untilMs ?? 0)) longest = rest;
    }
    return longest;
  }

  /** A replaced secret starts with a clean record, and turns begin anew. */
  private swap(next: ProxyConfig): void {
    const ring = KeyRing.from(next);
    for (const key of ring.keys) {
      const before = this.ring.get(key.id);
      if (before && before.secret.reveal() !== key.secret.reveal()) this.coolDowns.clear(scopes.key(key));
    }
    this.coolDowns.clearEndless();
    this.ring = ring;
    // Credit that was gathered under other weights would burst.
    this.strategy = new WeightedRoundRobin();
  }
}
