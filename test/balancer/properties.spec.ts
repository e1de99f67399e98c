import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashText, score } from '../../src/balancer/affinity/rendezvous.js';
import { WarmPlaces } from '../../src/balancer/affinity/warm-places.js';
import type { Candidate } from '../../src/balancer/candidate.js';
import { KeyLoad } from '../../src/balancer/health/key-load.js';
import { atLeastOne } from '../../src/balancer/pool.js';
import { WeightedRoundRobin } from '../../src/balancer/strategies/weighted-round-robin.js';
import { leaseEvents, LeaseWorld } from './properties/lease-world.js';
import { restingEvents, RestingWorld } from './properties/resting-world.js';

const HOUR = 3_600_000;

/** The same examples in every run. */
const seed = 3;

describe('the balancer, whatever happens', () => {
  it('never picks a key that rests, and finds every one that does not', () => {
    fc.assert(
      fc.property(fc.array(restingEvents, { minLength: 20, maxLength: 100 }), (events) => {
        const world = new RestingWorld();
        for (const event of events) {
          event(world);
          world.check();
        }
      }),
      { seed, numRuns: 200 },
    );
  });

  it('leaves nothing behind of a lease: neither a call under way nor a share of a minute or a day', () => {
    fc.assert(
      fc.property(fc.array(leaseEvents, { minLength: 10, maxLength: 80 }), (events) => {
        const world = new LeaseWorld();
        for (const event of events) {
          event(world);
          world.check();
        }
        world.close();
      }),
      { seed, numRuns: 200 },
    );
  });
});

describe('weighted round robin', () => {
  const candidatesOf = (weights: readonly number[]) =>
    atLeastOne(weights.map((weight, index) => ({ weight, index }) as Candidate))!;

  it('gives each key exactly its weight in every full round, and is never far from it in between', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(weights, (all) => {
        const strategy = new WeightedRoundRobin();
        const candidates = candidatesOf(all);
        const total = all.reduce((sum, weight) => sum + weight, 0);
        const counts = all.map(() => 0);
        for (let picks = 1; picks <= 3 * total; picks += 1) {
          counts[strategy.pick(candidates).index]! += 1;
          const behind = all.map((weight, at) => (picks * weight) / total - counts[at]!);
          // Ahead by less than one pick; behind by what a fair emptying of cups leaves (Bender et al., 2019).
          if (Math.min(...behind) <= -1 || Math.max(...behind) > 1 + Math.log(all.length)) {
            expect(behind).toBe('near 0');
          }
          if (picks % total === 0) expect(counts).toEqual(all.map((weight) => (picks / total) * weight));
        }
      }),
      { seed, numRuns: 60 },
    );
  });

  it('serves every key that can serve again and again, whoever comes and goes', () => {
    const sets = fc.array(fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 }),
        sets,
        (weights, present) => {
          const strategy = new WeightedRoundRobin();
          const candidates = candidatesOf(weights);
          for (const set of present) strategy.pick(atLeastOne(set.map((at) => candidates[at]!))!);
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const rounds = 3 * total;
          const counts = weights.map(() => 0);
          for (let picks = 0; picks < rounds; picks += 1) counts[strategy.pick(candidates).index]! += 1;
          for (const count of counts) expect(count).toBeGreaterThan(0);
        },
      ),
      { seed, numRuns: 200 },
    );
  });
});

describe('warm prompts', () => {
  const BOUND = 1.25;

  it('never take a project beyond its bounded share of the calls under way', () => {
    const shares = fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 20 }), keys: fc.integer({ min: 1, max: 3 }) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    const events = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('call' as const), conversation: fc.nat({ max: 6 }) }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), at: fc.nat({ max: 40 }) }) },
      ),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(shares, events, (projects, happening) => {
        const candidates = projects.flatMap(({ weight, keys: count }, project) =>
          Array.from({ length: count }, () => {
            return { key: { project: `p${project}` }, weight, load: new KeyLoad() } as unknown as Candidate;
          }),
        );
        const warm = new WarmPlaces();
        const underWay: Candidate[] = [];
        const totalWeight = candidates.reduce((sum, { weight }) => sum + weight, 0);
        for (const event of happening) {
          if (event.kind === 'end') {
            const [ended] = underWay.splice(event.at, 1);
            if (ended) ended.load.inFlight -= 1;
            continue;
          }
          const options = { ttl: HOUR, load_bound: BOUND };
          const narrowed = warm.narrow(atLeastOne(candidates)!, `c${event.conversation}`, 0, options).candidates;
          const { project } = narrowed[0].key;
          expect(narrowed).toEqual(candidates.filter(({ key }) => key.project === project));
          const carried = narrowed.reduce((sum, { load }) => sum + load.inFlight, 0);
          const share = narrowed.reduce((sum, { weight }) => sum + weight, 0) / totalWeight;
          expect(carried + 1).toBeLessThanOrEqual(Math.ceil((underWay.length + 1) * BOUND * share));
          narrowed[0].load.inFlight += 1;
          underWay.push(narrowed[0]);
        }
      }),
      { seed, numRuns: 200 },
    );
  });
});

describe('rendezvous hashing', () => {
  interface Place {
    readonly hash: number;
    readonly weight: number;
  }
  const favourite = (name: string, all: readonly Place[]): Place =>
    all.reduce((best, place) =>
      score(hashText(name), place.hash, place.weight) > score(hashText(name), best.hash, best.weight) ? place : best,
    );
  const placeLists = fc
    .uniqueArray(fc.record({ hash: fc.integer(), weight: fc.integer({ min: 1, max: 100 }) }), {
      minLength: 2,
      maxLength: 8,
      selector: ({ hash }) => hash,
    })
    .map((all): readonly Place[] => all);
  const names = fc.array(fc.string(), { minLength: 1, maxLength: 50 });

  it('moves only the names of a place that leaves', () => {
    fc.assert(
      fc.property(placeLists, names, (all, texts) => {
        const [gone, ...left] = all;
        for (const text of texts) {
          const before = favourite(text, all);
          if (before !== gone) expect(favourite(text, left)).toBe(before);
        }
      }),
      { seed, numRuns: 200 },
    );
  });

  it('moves names only to a place whose weight grows', () => {
    fc.assert(
      fc.property(placeLists, names, fc.integer({ min: 1, max: 100 }), (all, texts, more) => {
        const [first, ...others] = all;
        const heavier = { hash: first!.hash, weight: first!.weight + more };
        for (const text of texts) {
          const before = favourite(text, all);
          const after = favourite(text, [heavier, ...others]);
          expect(before === first ? [heavier] : [heavier, before]).toContain(after);
        }
      }),
      { seed, numRuns: 200 },
    );
  });
});
