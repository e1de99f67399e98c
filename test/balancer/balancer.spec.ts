import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '../../src/kernel/gemini/verdict.js';
import { keyText } from '../support/proxy.harness.js';
import { BalancerHarness, configWith, OK, spent, WISH } from './balancer.harness.js';

const MINUTE = 60_000;
const DEAD: Verdict = { scope: 'key', reason: 'API_KEY_INVALID' };

describe('Balancer', () => {
  it('never leases a key that rests, and leases it again when its time has come', () => {
    const harness = new BalancerHarness([{ id: 'a' }, { id: 'b' }]);
    harness.hear('a', spent({ kind: 'delay', ms: 10_000 }));
    expect(harness.counts(6)).toEqual({ b: 6 });
    harness.clock.advance(10_000);
    expect(harness.counts(6)).toEqual({ a: 3, b: 3 });
  });

  it('rests a bucket for its model alone, and for all keys of its project', () => {
    const harness = new BalancerHarness([
      { id: 'a', project: 'p' },
      { id: 'b', project: 'p' },
      { id: 'c', project: 'q' },
    ]);
    harness.hear('a', spent({ kind: 'pacific_midnight' }));
    expect(harness.counts(6)).toEqual({ c: 6 });
    expect(harness.counts(6, { model: 'other' })).toEqual({ a: 2, b: 2, c: 2 });
    harness.clock.advance(19 * 60 * MINUTE);
    expect(harness.counts(6)).toEqual({ a: 2, b: 2, c: 2 });
  });

  it('lets reads of a model pass whose generation is out of quota', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    harness.hear('a', spent({ kind: 'pacific_midnight' }));
    expect(harness.picks(1)).toEqual(['none']);
    expect(harness.picks(1, { lane: 'free' })).toEqual(['a']);
  });

  it('keeps a dead key closed until a probe finds it well, and longer after each relapse', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    harness.hear('a', DEAD);
    const scope = harness.health.coolDowns.scope('key:a');
    for (const minutes of [1, 2, 4]) {
      expect(scope.coolDown?.untilMs).toBe(harness.clock.now() + minutes * MINUTE);
      harness.clock.advance(minutes * MINUTE);
      expect(harness.picks(1)).toEqual(['none']);
      harness.health.returned(scope);
      harness.hear('a', DEAD);
    }
    harness.health.returned(scope);
    harness.hear('a', OK);
    harness.hear('a', DEAD);
    expect(scope.coolDown?.trips).toBe(1);
  });

  it('takes failures of calls that were under way together for one', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    const leases = [1, 2, 3].map(() => harness.balancer.lease(WISH));
    for (const lease of leases) lease?.heard(DEAD);
    expect(harness.health.coolDowns.scope('key:a').coolDown).toMatchObject({ trips: 1 });
  });

  it('does not end a rest because of an answer to a call that was sent before', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    const early = harness.balancer.lease(WISH);
    harness.hear('a', spent({ kind: 'delay', ms: 10_000 }));
    early?.heard(OK);
    expect(harness.picks(1)).toEqual(['none']);
  });

  it('rests every project of a billing account that has no money', () => {
    const harness = new BalancerHarness([
      { id: 'a', billing_account: 'x' },
      { id: 'b', billing_account: 'x' },
      { id: 'c' },
    ]);
    harness.hear('a', { scope: 'billing_account', reason: 'x' });
    expect(harness.counts(6)).toEqual({ c: 6 });
    expect([harness.balancer.usable(), harness.balancer.total()]).toEqual([1, 3]);
  });

  it.each([
    ['disabled', { enabled: false }],
    ['not yet valid', { not_before: '2026-06-01T00:00:00Z' }],
    ['expired', { expires_at: '2026-05-01T00:00:00Z' }],
    ['meant for other models', { models: ['gemini-*-pro', 'gemma-*'] }],
    ['in reserve', { standby: true }],
  ])('passes over a key that is %s', (_what, options) => {
    const harness = new BalancerHarness([{ id: 'a', ...options }, { id: 'b' }]);
    expect(harness.counts(4)).toEqual({ b: 4 });
  });

  it('leases a standby key once it was promoted', () => {
    const harness = new BalancerHarness([{ id: 'a', standby: true }, { id: 'b' }]);
    harness.overrides.change({ promoted: new Set(['a']) });
    expect(harness.counts(4)).toEqual({ a: 2, b: 2 });
  });

  it('picks a key of weight 0 only when no other can be had', () => {
    const harness = new BalancerHarness([{ id: 'a', weight: 0 }, { id: 'b' }, { id: 'c', weight: 0 }]);
    expect(harness.counts(5)).toEqual({ b: 5 });
    harness.hear('b', spent({ kind: 'delay', ms: 10_000 }));
    expect(harness.counts(4)).toEqual({ a: 2, c: 2 });
  });

  it('tells the earliest return while quota is spent, and nothing where only quarantine is left', () => {
    const harness = new BalancerHarness([{ id: 'a' }, { id: 'b' }]);
    harness.hear('a', spent({ kind: 'delay', ms: 30_000 }));
    harness.hear('b', spent({ kind: 'delay', ms: 20_000 }));
    expect(harness.balancer.exhausted(WISH)).toMatchObject({ code: 'keys_exhausted', retryAfterMs: 20_000 });
    const sick = new BalancerHarness([{ id: 'a' }]);
    sick.hear('a', DEAD);
    expect(sick.balancer.exhausted(WISH)).toMatchObject({ code: 'keys_unavailable', retryAfterMs: undefined });
  });

  it('uses keys of a new configuration with the next call, and forgives a key whose secret was replaced', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    harness.hear('a', DEAD);
    harness.store.replace(configWith([{ id: 'a', key: keyText('replacement') }, { id: 'b' }]));
    expect(harness.counts(4)).toEqual({ a: 2, b: 2 });
  });

  it('records every rest, as a matter of security where the credential itself was refused', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    harness.hear('a', spent({ kind: 'excluded' }));
    harness.hear('a', DEAD, { model: 'other' });
    expect(harness.events.map((event) => event.type)).toEqual(['KeyEvent', 'SecurityEvent']);
    expect(JSON.stringify(harness.events)).not.toContain(keyText('a'));
  });

  it('ends every rest of a key at an operator\u2019s word', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    harness.hear('a', spent({ kind: 'pacific_midnight' }));
    harness.hear('a', DEAD, { model: 'other' });
    const [key] = harness.balancer.ring.keys;
    if (!key) throw new Error('there is a key');
    expect(harness.health.reset(key).map(({ name }) => name)).toEqual(['key:a', 'bucket:a/gemini-3.8-flash']);
    expect(harness.picks(1)).toEqual(['a']);
  });

  it('stops calls to a model that is overloaded, and lets a few try it after a pause', () => {
    const harness = new BalancerHarness([{ id: 'a' }]);
    for (let i = 0; i < 5; i += 1) harness.hear('a', { scope: 'model' });
    expect(harness.balancer.exhausted(WISH)).toMatchObject({ code: 'model_overloaded', retryAfterMs: 10_000 });
    expect(harness.picks(1)).toEqual(['none']);
    expect(harness.picks(1, { model: 'other' })).toEqual(['a']);
    harness.clock.advance(10_000);
    const trials = [1, 2, 3].map(() => harness.balancer.lease(WISH));
    expect(trials.map((lease) => lease?.key.id)).toEqual(['a', 'a', undefined]);
    for (const lease of trials) lease?.heard(OK);
    expect(harness.picks(3)).toEqual(['a', 'a', 'a']);
  });
});
