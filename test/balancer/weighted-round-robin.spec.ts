import { describe, expect, it } from '@jest/globals';
import { WeightedRoundRobin } from '../../src/balancer/strategies/weighted-round-robin.js';
import type { UpstreamKey } from '../../src/balancer/upstream-key.js';
import { Scrubber } from '../../src/kernel/http/scrubber.js';
import { Secret } from '../../src/kernel/secret.js';

const key = (id: string, weight: number): UpstreamKey => ({
  id,
  weight,
  project: id,
  billingAccount: undefined,
  secret: new Secret(id),
  scrubber: new Scrubber(id),
  serves: () => true,
  isValidAt: () => true,
});

const picks = (keys: readonly UpstreamKey[], count: number): string[] => {
  const strategy = new WeightedRoundRobin();
  return Array.from({ length: count }, () => strategy.pick(keys, 'a')?.id ?? 'none');
};

describe('WeightedRoundRobin', () => {
  it('spreads a heavy key instead of bursting it', () => {
    expect(picks([key('a', 5), key('b', 1), key('c', 1)], 7)).toEqual(['a', 'a', 'b', 'a', 'c', 'a', 'a']);
  });

  it('gives every key exactly its share of each full round', () => {
    const keys = [key('a', 3), key('b', 2), key('c', 1)];
    const counted = picks(keys, 600);
    expect(['a', 'b', 'c'].map((id) => counted.filter((pick) => pick === id).length)).toEqual([300, 200, 100]);
  });

  it('lets kinds of call that alternate share the keys each for itself', () => {
    const strategy = new WeightedRoundRobin();
    const keys = [key('a', 1), key('b', 1)];
    const pairs = Array.from({ length: 4 }, () => [
      strategy.pick(keys, 'count')?.id,
      strategy.pick(keys, 'generate')?.id,
    ]);
    expect(pairs).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });

  it('picks a key of weight 0 only when no other is left', () => {
    expect(picks([key('a', 0), key('b', 1)], 3)).toEqual(['b', 'b', 'b']);
    expect(picks([key('a', 0), key('c', 0)], 4)).toEqual(['a', 'c', 'a', 'c']);
    expect(picks([], 1)).toEqual(['none']);
  });
});
