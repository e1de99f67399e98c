import { beforeEach, describe, expect, it } from '@jest/globals';
import { Balancer } from '../../src/balancer/balancer.service.js';
import { KeyEvents } from '../../src/balancer/key-events.js';
import type { AuditEvent } from '../../src/audit/audit-event.js';
import type { AuditLog } from '../../src/audit/audit-log.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { proxyConfigSchema } from '../../src/config/schema.js';
import type { Rest, Verdict } from '../../src/kernel/gemini/verdict.js';
import { keyText } from '../support/proxy.harness.js';
import { ManualClock } from '../support/manual-clock.js';

const MINUTE = 60_000;
const NONE: ReadonlySet<string> = new Set();
const WISH = { model: 'gemini-3.8-flash', billable: true };
const OK: Verdict = { scope: 'ok' };
const bucket = (rest: Rest): Verdict => ({ scope: 'bucket', rest, violations: [] });

type Key = Readonly<Record<string, unknown>>;
const configOf = (keys: readonly Key[]) =>
  proxyConfigSchema.parse({ gemini: { api_keys: keys.map((key) => ({ key: keyText(String(key['id'])), ...key })) } });

describe('Balancer', () => {
  let clock: ManualClock;
  let store: ConfigStore;
  let events: AuditEvent[];
  const balancerOf = (keys: readonly Key[]): Balancer => {
    store = new ConfigStore(configOf(keys));
    const audit: Pick<AuditLog, 'append'> = { append: (event) => void events.push(event) };
    return new Balancer(store, clock, new KeyEvents(audit as AuditLog));
  };
  const picks = (balancer: Balancer, count: number, wish = WISH): string[] =>
    Array.from({ length: count }, () => balancer.lease(wish, NONE)?.key.id ?? 'none');

  beforeEach(() => {
    clock = new ManualClock(Date.parse('2026-05-05T12:00:00Z'));
    events = [];
  });

  it('never leases a key that rests, and leases it again when its time has come', () => {
    const balancer = balancerOf([{ id: 'a' }, { id: 'b' }]);
    balancer.lease(WISH, new Set(['b']))?.settle(bucket({ kind: 'delay', ms: 10_000 }));
    expect(new Set(picks(balancer, 6))).toEqual(new Set(['b']));
    clock.advance(10_000);
    expect(new Set(picks(balancer, 6))).toEqual(new Set(['a', 'b']));
  });

  it('rests a bucket for its model alone, and for all keys of its project', () => {
    const balancer = balancerOf([
      { id: 'a', project: 'p' },
      { id: 'b', project: 'p' },
      { id: 'c', project: 'q' },
    ]);
    balancer.lease(WISH, new Set(['b', 'c']))?.settle(bucket({ kind: 'pacific_midnight' }));
    expect(new Set(picks(balancer, 6))).toEqual(new Set(['c']));
    expect(new Set(picks(balancer, 6, { ...WISH, model: 'other' }))).toEqual(new Set(['a', 'b', 'c']));
    clock.advance(19 * 60 * MINUTE);
    expect(new Set(picks(balancer, 6))).toEqual(new Set(['a', 'b', 'c']));
  });

  it('tries a dead key again after growing intervals, by one call each', () => {
    const balancer = balancerOf([{ id: 'a' }]);
    const dead: Verdict = { scope: 'key', reason: 'API_KEY_INVALID' };
    for (const minutes of [1, 2, 4]) {
      balancer.lease(WISH, NONE)?.settle(dead);
      clock.advance(minutes * MINUTE - 1);
      expect(picks(balancer, 1)).toEqual(['none']);
      clock.advance(1);
    }
    balancer.lease(WISH, NONE)?.settle(OK);
    balancer.lease(WISH, NONE)?.settle(dead);
    clock.advance(MINUTE);
    expect(picks(balancer, 1)).toEqual(['a']);
  });

  it('takes failures of calls that were under way together for one', () => {
    const balancer = balancerOf([{ id: 'a' }]);
    const leases = [1, 2, 3].map(() => balancer.lease(WISH, NONE));
    for (const lease of leases) lease?.settle({ scope: 'key', reason: 'x' });
    clock.advance(MINUTE);
    expect(picks(balancer, 1)).toEqual(['a']);
  });

  it('does not end a rest because of an answer to a call that was sent before', () => {
    const balancer = balancerOf([{ id: 'a' }]);
    const early = balancer.lease(WISH, NONE);
    balancer.lease(WISH, NONE)?.settle(bucket({ kind: 'delay', ms: 10_000 }));
    early?.settle(OK);
    expect(picks(balancer, 1)).toEqual(['none']);
  });

  it('rests every project of a billing account that has no money', () => {
    const balancer = balancerOf([{ id: 'a', billing_account: 'x' }, { id: 'b', billing_account: 'x' }, { id: 'c' }]);
    balancer.lease(WISH, new Set(['b', 'c']))?.settle({ scope: 'billing_account', reason: 'x' });
    expect(new Set(picks(balancer, 6))).toEqual(new Set(['c']));
    expect([balancer.usable(), balancer.total()]).toEqual([1, 3]);
  });

  it.each([
    ['disabled', { enabled: false }],
    ['not yet valid', { not_before: '2026-06-01T00:00:00Z' }],
    ['expired', { expires_at: '2026-05-01T00:00:00Z' }],
    ['meant for other models', { models: ['gemini-*-pro', 'gemma-*'] }],
  ])('passes over a key that is %s', (_what, options) => {
    const balancer = balancerOf([{ id: 'a', ...options }, { id: 'b' }]);
    expect(new Set(picks(balancer, 4))).toEqual(new Set(['b']));
  });

  it('tells the earliest return while quota is spent, and nothing where only quarantine is left', () => {
    const balancer = balancerOf([{ id: 'a' }, { id: 'b' }]);
    balancer.lease(WISH, new Set(['b']))?.settle(bucket({ kind: 'delay', ms: 30_000 }));
    balancer.lease(WISH, new Set(['a']))?.settle(bucket({ kind: 'delay', ms: 20_000 }));
    expect(balancer.exhausted(WISH)).toMatchObject({ code: 'keys_exhausted', retryAfterMs: 20_000 });
    const sick = balancerOf([{ id: 'a' }]);
    sick.lease(WISH, NONE)?.settle({ scope: 'key', reason: 'x' });
    expect(sick.exhausted(WISH)).toMatchObject({ code: 'keys_unavailable', retryAfterMs: undefined });
  });

  it('uses keys of a new configuration with the next call, and forgives a key whose secret was replaced', () => {
    const balancer = balancerOf([{ id: 'a' }]);
    balancer.lease(WISH, NONE)?.settle({ scope: 'key', reason: 'x' });
    store.replace(configOf([{ id: 'a', key: keyText('replacement') }, { id: 'b' }]));
    expect(new Set(picks(balancer, 4))).toEqual(new Set(['a', 'b']));
  });

  it('records every rest, as a matter of security where the credential itself was refused', () => {
    const balancer = balancerOf([{ id: 'a' }]);
    balancer.lease(WISH, NONE)?.settle({ scope: 'key', reason: 'API_KEY_INVALID' });
    balancer.lease({ ...WISH, pinnedKey: 'a' }, NONE)?.settle(bucket({ kind: 'excluded' }));
    expect(events.map((event) => event.type)).toEqual(['SecurityEvent', 'KeyEvent']);
    expect(JSON.stringify(events)).not.toContain(keyText('a'));
  });
});
