import { describe, expect, it } from '@jest/globals';
import type { Decision } from '../../../src/balancer/presets/decision-log.js';
import { simulate } from '../../../src/balancer/presets/simulation.js';
import type { StrategyName } from '../../../src/balancer/strategies/strategy.js';
import { BalancerHarness } from '../balancer.harness.js';

type Weights = Readonly<Record<string, number>>;

/** What would have become of the calls of this balancer. */
function tried(harness: BalancerHarness, weights: Weights, strategy: StrategyName = 'weighted_round_robin') {
  const overrides = { ...harness.overrides.current, weights: new Map(Object.entries(weights)) };
  const trial = { config: harness.store.current, overrides, strategy };
  return simulate(harness.decisions.decisions(), trial, harness.clock);
}

const callsOf = (keys: readonly { key: string; expected: { calls: number } }[]) =>
  Object.fromEntries(keys.map(({ key, expected }) => [key, expected.calls]));

describe('a simulation', () => {
  it.each<[StrategyName, Weights]>([
    ['weighted_round_robin', { a: 5, b: 2, c: 0 }],
    ['weighted_round_robin', { a: 0, b: 0, c: 0 }],
    ['priority', { a: 1, b: 7, c: 7 }],
  ])('by %s with %o gives each key what the balancer really gives it', async (strategy, weights) => {
    const keys = [{ id: 'a' }, { id: 'b' }, { id: 'c', models: ['x', 'y'] }];
    const calls = (harness: BalancerHarness) => {
      for (let call = 0; call < 300; call += 1) {
        harness.picks(1, { model: ['x', 'y', 'z'][call % 3], lane: call % 5 === 0 ? 'free' : 'metered' });
        harness.clock.advance(10_000);
      }
      return harness.decisions.decisions();
    };
    const recorded = new BalancerHarness(keys);
    calls(recorded);
    const real = new BalancerHarness(keys);
    real.overrides.change({ weights: new Map(Object.entries(weights)), strategy });
    const really: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (const { key } of calls(real)) really[key]! += 1;

    expect(callsOf((await tried(recorded, weights, strategy)).keys)).toEqual(really);
  });

  it('compares calls, tokens and shares, of all calls and by model', async () => {
    const harness = new BalancerHarness([{ id: 'a' }, { id: 'b' }]);
    harness.picks(2, { model: 'small', input: { textBytes: 0, mediaTokens: 10 } });
    harness.clock.advance(500);
    harness.picks(6, { model: 'large', input: { textBytes: 0, mediaTokens: 30 } });

    const untilMs = harness.clock.now();
    const large = { recorded: { calls: 3, tokens: 90, share: 0.5, tokenShare: 0.5 } };
    expect(await tried(harness, { a: 1, b: 0 })).toEqual({
      strategy: 'weighted_round_robin',
      decisions: 8,
      fromMs: untilMs - 500,
      untilMs,
      moved: 4,
      unserved: 0,
      keys: [
        {
          key: 'a',
          weight: 1,
          eligible: 8,
          recorded: { calls: 4, tokens: 100, share: 0.5, tokenShare: 0.5 },
          expected: { calls: 8, tokens: 200, share: 1, tokenShare: 1 },
        },
        {
          key: 'b',
          weight: 0,
          eligible: 8,
          recorded: { calls: 4, tokens: 100, share: 0.5, tokenShare: 0.5 },
          expected: { calls: 0, tokens: 0, share: 0, tokenShare: 0 },
        },
      ],
      models: [
        {
          model: 'large',
          calls: 6,
          keys: [
            {
              key: 'a',
              weight: 1,
              eligible: 6,
              ...large,
              expected: { calls: 6, tokens: 180, share: 1, tokenShare: 1 },
            },
            { key: 'b', weight: 0, eligible: 6, ...large, expected: { calls: 0, tokens: 0, share: 0, tokenShare: 0 } },
          ],
        },
        expect.objectContaining({ model: 'small', calls: 2 }),
      ],
    });
  });

  it('says of an empty log that nothing was replayed', async () => {
    const { keys, ...rest } = await tried(new BalancerHarness([{ id: 'a' }]), { a: 1 });
    expect(rest).toEqual({
      strategy: 'weighted_round_robin',
      decisions: 0,
      fromMs: undefined,
      untilMs: undefined,
      moved: 0,
      unserved: 0,
      models: [],
    });
    expect(keys).toMatchObject([
      { key: 'a', eligible: 0, recorded: { calls: 0, share: 0 }, expected: { calls: 0, share: 0 } },
    ]);
  });

  it('gives nothing to a key that rested then', async () => {
    const harness = new BalancerHarness([{ id: 'a' }, { id: 'b' }]);
    harness.hear('a', { scope: 'key', reason: 'x' });
    harness.picks(10);
    const { keys } = await tried(harness, { a: 100, b: 1 });
    expect(keys.find(({ key }) => key === 'a')).toMatchObject({ eligible: 1, expected: { calls: 1 } });
  });

  it('counts calls that no key of today could serve, and names keys that are gone', async () => {
    const harness = new BalancerHarness([{ id: 'a' }, { id: 'gone' }]);
    harness.hear('gone', { scope: 'ok' });
    harness.picks(4);
    const today = new BalancerHarness([{ id: 'a' }, { id: 'new' }]);
    const trial = { config: today.store.current, overrides: today.overrides.current, strategy: 'priority' as const };
    const result = await simulate(harness.decisions.decisions(), trial, harness.clock);

    expect(result).toMatchObject({ decisions: 5, unserved: 1 });
    expect(result.keys).toMatchObject([
      { key: 'a', weight: 100, expected: { calls: 4, share: 1 } },
      { key: 'new', weight: 100, eligible: 0, expected: { calls: 0 } },
      { key: 'gone', weight: undefined, expected: { calls: 0 } },
    ]);
  });

  it('does not give calls to keys that are out of use', async () => {
    const harness = new BalancerHarness([{ id: 'a' }, { id: 'b' }]);
    harness.picks(4);
    const today = new BalancerHarness([{ id: 'a', enabled: false }, { id: 'b' }]);
    const trial = { config: today.store.current, overrides: today.overrides.current, strategy: 'priority' as const };
    const result = await simulate(harness.decisions.decisions(), trial, harness.clock);
    expect(callsOf(result.keys)).toEqual({ a: 0, b: 4 });
  });

  it.each<StrategyName>(['adaptive', 'least_in_flight'])(
    'by %s shares out calls that overlap by weight, the same way every time',
    async (strategy) => {
      const harness = new BalancerHarness([{ id: 'a' }, { id: 'b' }]);
      for (let call = 0; call < 2_000; call += 1) {
        harness.picks(1);
        harness.clock.advance(50);
      }
      const first = await tried(harness, { a: 3, b: 1 }, strategy);
      const [a, b] = first.keys;
      expect(a!.expected.calls).toBeGreaterThan(1_000);
      expect(b!.expected.calls).toBeGreaterThan(300);
      expect(await tried(harness, { a: 3, b: 1 }, strategy)).toEqual(first);
    },
  );

  it('lets other work go on', async () => {
    const decision: Decision = { atMs: 0, model: 'm', lane: 'metered', inputTokens: 1, key: 'a', candidates: ['a'] };
    const harness = new BalancerHarness([{ id: 'a' }]);
    const trial = {
      config: harness.store.current,
      overrides: harness.overrides.current,
      strategy: 'priority' as const,
    };
    let turns = 0;
    const other = (): void => {
      turns += 1;
      if (turns < 100) setImmediate(other);
    };
    setImmediate(other);
    await simulate(new Array<Decision>(10_000).fill(decision), trial, harness.clock);
    expect(turns).toBeGreaterThan(10);
  });
});
