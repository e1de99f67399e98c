import type { AuditEvent } from '../../src/audit/audit-event.js';
import type { AuditLog } from '../../src/audit/audit-log.js';
import { Balancer } from '../../src/balancer/balancer.service.js';
import { Health } from '../../src/balancer/health/health.js';
import { KeyEvents } from '../../src/balancer/health/key-events.js';
import { KeyOverridesStore } from '../../src/balancer/keys/key-overrides.js';
import type { Wish } from '../../src/balancer/lease.js';
import { DecisionLog } from '../../src/balancer/presets/decision-log.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { proxyConfigSchema, type ProxyConfig } from '../../src/config/schema.js';
import { NO_INPUT } from '../../src/kernel/gemini/input-size.js';
import type { Rest, Verdict } from '../../src/kernel/gemini/verdict.js';
import { ManualClock } from '../support/manual-clock.js';
import { keyText } from '../support/proxy.harness.js';

export const WISH: Wish = { caller: 'tester', model: 'gemini-3.8-flash', lane: 'metered', input: NO_INPUT };
export const OK: Verdict = { scope: 'ok' };

/** Verdict of a refusal for quota. */
export const spent = (rest: Rest): Verdict => ({ scope: 'bucket', rest, violations: [] });

type Options = Readonly<Record<string, unknown>>;

/** A configuration with these keys; each has a text and a project of its own unless it says otherwise. */
export function configWith(keys: readonly Options[], gemini: Options = {}): ProxyConfig {
  const named = keys.map((key) => ({ key: keyText(String(key['id'])), ...key }));
  return proxyConfigSchema.parse({ gemini: { ...gemini, api_keys: named } });
}

/** The real balancer on a clock that stands still. */
export class BalancerHarness {
  readonly clock = new ManualClock(Date.parse('2026-05-05T12:00:00Z'));
  readonly events: AuditEvent[] = [];
  readonly overrides = new KeyOverridesStore();
  readonly decisions = new DecisionLog();
  readonly store: ConfigStore;
  readonly health: Health;
  readonly balancer: Balancer;

  constructor(keys: readonly Options[], gemini: Options = {}) {
    this.store = new ConfigStore(configWith(keys, gemini));
    const audit: Pick<AuditLog, 'append'> = { append: (event) => void this.events.push(event) };
    this.health = new Health(this.store, this.clock, new KeyEvents(audit as AuditLog));
    this.balancer = new Balancer(this.store, this.clock, this.health, this.overrides, this.decisions);
    this.balancer.onApplicationBootstrap();
  }

  /** Ids of the keys of so many leases, each of which ends at once without a word. */
  picks(count: number, wish: Partial<Wish> = {}): string[] {
    return Array.from({ length: count }, () => {
      const lease = this.balancer.lease({ ...WISH, ...wish });
      lease?.end();
      return lease?.key.id ?? 'none';
    });
  }

  /** How often each key was picked. */
  counts(count: number, wish: Partial<Wish> = {}): Record<string, number> {
    const counted: Record<string, number> = {};
    for (const id of this.picks(count, wish)) counted[id] = (counted[id] ?? 0) + 1;
    return counted;
  }

  /** Lets a key hear a verdict, whatever others could be had. */
  hear(keyId: string, verdict: Verdict, wish: Partial<Wish> = {}): void {
    const others = this.balancer.ring.keys.map(({ id }) => id).filter((id) => id !== keyId);
    const lease = this.balancer.lease({ ...WISH, ...wish }, new Set(others));
    if (!lease) throw new Error(`${keyId} cannot be leased`);
    lease.heard(verdict);
    lease.end();
  }
}
