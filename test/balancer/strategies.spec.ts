import { describe, expect, it } from '@jest/globals';
import { BalancerHarness, OK, WISH } from './balancer.harness.js';

const keys = (weights: Readonly<Record<string, number>>) =>
  Object.entries(weights).map(([id, weight]) => ({ id, weight }));

describe('weighted_round_robin', () => {
  it('spreads a heavy key instead of bursting it', () => {
    const harness = new BalancerHarness(keys({ a: 5, b: 1, c: 1 }));
    expect(harness.picks(7)).toEqual(['a', 'a', 'b', 'a', 'c', 'a', 'a']);
  });

  it('gives every key exactly its share of each full round', () => {
    const harness = new BalancerHarness(keys({ a: 3, b: 2, c: 1 }));
    expect(harness.counts(600)).toEqual({ a: 300, b: 200, c: 100 });
  });

  it('lets kinds of call that alternate share the keys each for itself', () => {
    const harness = new BalancerHarness(keys({ a: 1, b: 1 }));
    const pairs = Array.from({ length: 4 }, () => [...harness.picks(1, { lane: 'free' }), ...harness.picks(1)]);
    expect(pairs).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });
});

describe('least_in_flight', () => {
  it('gives the next call to the key that carries least for its weight', () => {
    const { balancer } = new BalancerHarness(keys({ a: 2, b: 1 }), { strategy: 'least_in_flight' });
    const leases = Array.from({ length: 6 }, () => balancer.lease(WISH));
    expect(leases.map((lease) => lease?.key.id)).toEqual(['a', 'b', 'a', 'a', 'b', 'a']);
    leases[1]?.end();
    leases[4]?.end();
    expect([balancer.lease(WISH)?.key.id, balancer.lease(WISH)?.key.id]).toEqual(['b', 'b']);
  });
});

describe('priority', () => {
  it('keeps to the heaviest keys while they can serve, in turn among equals', () => {
    const harness = new BalancerHarness(keys({ a: 2, b: 2, c: 1 }), { strategy: 'priority' });
    expect(harness.picks(4)).toEqual(['a', 'b', 'a', 'b']);
    harness.hear('a', { scope: 'key', reason: 'x' });
    harness.hear('b', { scope: 'key', reason: 'x' });
    expect(harness.picks(2)).toEqual(['c', 'c']);
  });
});

describe('adaptive', () => {
  const latency = (harness: BalancerHarness, keyId: string, ms: number): void => {
    const others = harness.balancer.ring.keys.map(({ id }) => id).filter((id) => id !== keyId);
    const lease = harness.balancer.lease(WISH, new Set(others));
    harness.clock.advance(ms);
    lease?.heard(OK);
    lease?.end();
  };

  it('sends most calls to the quicker of two keys', () => {
    const harness = new BalancerHarness(keys({ a: 1, b: 1 }), { strategy: 'adaptive' });
    latency(harness, 'a', 10);
    latency(harness, 'b', 2_000);
    expect(harness.counts(1_000)['a']).toBeGreaterThan(650);
  });

  it('shares by weight among keys that do equally well', () => {
    const harness = new BalancerHarness(keys({ a: 3, b: 1 }), { strategy: 'adaptive' });
    const share = (harness.counts(8_000)['a'] ?? 0) / 8_000;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.8);
  });

  it('avoids a key whose calls fail', () => {
    const harness = new BalancerHarness(keys({ a: 1, b: 1 }), { strategy: 'adaptive' });
    for (let i = 0; i < 4; i += 1) harness.hear('a', { scope: 'model' });
    expect(harness.counts(1_000)['b']).toBeGreaterThan(650);
  });
});

describe('a strategy', () => {
  it('can be switched while calls run', () => {
    const harness = new BalancerHarness(keys({ a: 2, b: 1 }));
    expect(harness.counts(3)).toEqual({ a: 2, b: 1 });
    harness.overrides.change({ strategy: 'priority' });
    expect(harness.counts(3)).toEqual({ a: 3 });
  });
});
