import { describe, expect, it } from '@jest/globals';
import { builtInPreset, BUILT_IN_PRESETS } from '../../../src/balancer/presets/built-in-presets.js';
import { BalancerHarness, configWith, WISH } from '../balancer.harness.js';

type Options = Readonly<Record<string, unknown>>;

const MINUTE = 60_000;

const weightsOf = (name: string, keys: readonly Options[], gemini: Options = {}) =>
  Object.fromEntries(builtInPreset(name)!.weigh(configWith(keys, gemini).gemini));

/** A balancer in which the built-in preset is in force. */
function under(name: string, keys: readonly Options[], gemini: Options = {}): BalancerHarness {
  const harness = new BalancerHarness(keys, gemini);
  const { weigh, strategy } = builtInPreset(name)!;
  harness.overrides.change({ weights: weigh(harness.store.current.gemini), strategy });
  return harness;
}

describe('every built-in preset', () => {
  it.each(BUILT_IN_PRESETS.map(({ name }) => name))('%s says in one sentence what it does', (name) => {
    expect(builtInPreset(name)?.description).toMatch(/^[A-Z][^.]+\.$/);
  });

  it.each(BUILT_IN_PRESETS.map(({ name }) => name))('%s has a whole weight for every key, also without any', (name) => {
    const keys = [
      { id: 'a', weight: 7 },
      { id: 'b', project: 'p' },
      { id: 'c', project: 'p', enabled: false },
    ];
    const weights = weightsOf(name, keys);
    expect(Object.keys(weights).sort()).toEqual(['a', 'b', 'c']);
    for (const weight of Object.values(weights)) expect(Number.isInteger(weight) && weight > 0).toBe(true);
    expect(weightsOf(name, [])).toEqual({});
  });
});

describe('balanced', () => {
  const keys = [
    { id: 'a', weight: 900 },
    { id: 'b1', project: 'b', weight: 5 },
    { id: 'b2', project: 'b' },
    { id: 'b3', project: 'b' },
  ];

  it('gives every project the same share, divided among its keys', () => {
    const counts = under('balanced', keys).counts(6_000);
    expect(counts['a']).toBeGreaterThan(2_990);
    expect(counts['a']).toBeLessThan(3_010);
    for (const id of ['b1', 'b2', 'b3']) expect(Math.abs(counts[id]! - 1_000)).toBeLessThan(5);
  });

  it('does not divide with keys that do not serve', () => {
    const spare = [
      { id: 'b4', project: 'b', enabled: false },
      { id: 'b5', project: 'b', standby: true },
    ];
    expect(weightsOf('balanced', [...keys, ...spare])).toMatchObject(weightsOf('balanced', keys));
    expect(under('balanced', [...keys, ...spare]).counts(100)).not.toHaveProperty('b5');
  });

  it('leaves a key that was given weight 0 for the time when there is no other', () => {
    const harness = under('balanced', [{ id: 'a' }, { id: 'b' }, { id: 'last', weight: 0 }]);
    expect(harness.counts(100)).toEqual({ a: 50, b: 50 });
    for (const id of ['a', 'b']) harness.hear(id, { scope: 'key', reason: 'x' });
    expect(harness.counts(3)).toEqual({ last: 3 });
  });
});

describe('high_performance', () => {
  const tiers = {
    free: { 'gemini-*-flash': { rpm: 100 } },
    paid: { 'gemini-*-flash': { rpm: 900 }, 'gemini-*-pro': { rpm: 5_000 } },
  };

  it('shares out by the quota of the models that all projects state', () => {
    const keys = [
      { id: 'a', tier: 'free' },
      { id: 'b1', project: 'b', tier: 'paid' },
      { id: 'b2', project: 'b' },
    ];
    const weights = weightsOf('high_performance', keys, { tiers });
    expect(weights).toEqual({ a: 2_222, b1: 10_000, b2: 10_000 });
    const counts = under('high_performance', keys, { tiers }).counts(1_000);
    expect(counts['a']).toBeGreaterThan(50);
    expect(counts['a']).toBeLessThan(150);
  });

  it("counts the operator's own bound, and tokens where no requests are stated", () => {
    const limits = (tpm: number) => ({ '*': { tpm } });
    const keys = [
      { id: 'a', limits: limits(30_000) },
      { id: 'b', limits: limits(10_000) },
    ];
    expect(weightsOf('high_performance', keys)).toEqual({ a: 10_000, b: 3_333 });
  });

  it('takes projects alike when nothing is known, and one that is unknown for the average', () => {
    expect(weightsOf('high_performance', [{ id: 'a', weight: 3 }, { id: 'b' }])).toEqual({ a: 10_000, b: 10_000 });
    const keys = [{ id: 'a', tier: 'free' }, { id: 'b', tier: 'paid' }, { id: 'c' }];
    expect(weightsOf('high_performance', keys, { tiers })).toEqual({ a: 1_111, b: 10_000, c: 5_556 });
  });

  it('prefers the quicker of two keys', () => {
    const harness = under('high_performance', [{ id: 'quick' }, { id: 'slow' }]);
    const latencies = { quick: 10, slow: 2_000 };
    for (const [id, ms] of Object.entries(latencies)) {
      const lease = harness.balancer.lease(WISH, new Set(Object.keys(latencies).filter((key) => key !== id)));
      harness.clock.advance(ms);
      lease?.heard({ scope: 'ok' });
      lease?.end();
    }
    expect(harness.counts(1_000)['quick']).toBeGreaterThan(650);
  });
});

describe('cost_saver', () => {
  const tiers = { free: { '*': { rpm: 5 } }, tier1: { '*': { rpm: 1_000 } } };
  const keys = [
    { id: 'paid', tier: 'tier1', weight: 900 },
    { id: 'free1', tier: 'free' },
    { id: 'free2', tier: 'free' },
  ];

  it('uses up the free keys before a paid one serves, and again when they have room', () => {
    const harness = under('cost_saver', keys, { tiers });
    expect(harness.counts(10)).toEqual({ free1: 5, free2: 5 });
    expect(harness.counts(7)).toEqual({ paid: 7 });
    harness.clock.advance(2 * MINUTE);
    expect(harness.counts(12)).toEqual({ free1: 5, free2: 5, paid: 2 });
  });

  it('keeps conversations on free keys too, as long as one has room', () => {
    const harness = under('cost_saver', keys, { tiers: { ...tiers, free: { '*': { rpm: 500 } } } });
    const used = Array.from({ length: 200 }, (_, index) => harness.picks(1, { warmth: `conversation ${index}` })[0]);
    expect(new Set(used)).toEqual(new Set(['free1', 'free2']));
  });

  it('knows free projects without a tier by the missing billing account', () => {
    const accounts = [{ id: 'a', billing_account: 'acme' }, { id: 'b' }, { id: 'c', tier: 'tier1' }];
    const weights = weightsOf('cost_saver', accounts, { tiers });
    expect(weights['b']).toBeGreaterThan(weights['a']!);
    expect(weights['c']).toBe(weights['a']);
  });

  it('takes keys alike when nothing tells free ones from paid ones', () => {
    expect(under('cost_saver', [{ id: 'a' }, { id: 'b', weight: 1 }]).counts(100)).toEqual({ a: 50, b: 50 });
  });
});

describe('failover', () => {
  const keys = [{ id: 'c', weight: 0 }, { id: 'b', weight: 50 }, { id: 'a' }, { id: 'b2', weight: 50 }];

  it('lets the first key serve alone, and the others in order behind it', () => {
    const harness = under('failover', keys);
    for (const id of ['a', 'b', 'b2', 'c']) {
      expect(harness.counts(250)).toEqual({ [id]: 250 });
      harness.hear(id, { scope: 'key', reason: 'x' });
    }
    expect(harness.counts(1)).toEqual({ none: 1 });
  });

  it('keeps conversations on the first key too', () => {
    const harness = under('failover', keys);
    const used = Array.from({ length: 100 }, (_, index) => harness.picks(1, { warmth: `conversation ${index}` })[0]);
    expect(new Set(used)).toEqual(new Set(['a']));
  });

  it('returns to the first key when it is well again', () => {
    const harness = under('failover', keys);
    harness.hear('a', { scope: 'bucket', rest: { kind: 'delay', ms: MINUTE }, violations: [] });
    expect(harness.counts(5)).toEqual({ b: 5 });
    harness.clock.advance(MINUTE);
    expect(harness.counts(5)).toEqual({ a: 5 });
  });
});
