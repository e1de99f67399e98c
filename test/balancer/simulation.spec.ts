import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Lease } from '../../src/balancer/lease.js';
import { BalancerHarness, OK, WISH } from './balancer.harness.js';
import { type DayPlan, EmulatedDay } from './simulation/day.js';
import { DEAD_KEY, KEYS } from './simulation/estate.js';
import { seeded } from './simulation/random.js';
import { yieldOf } from './simulation/reachable.js';

const ORDINARY: DayPlan = {
  startsAt: '2026-05-05T12:00:00Z',
  hours: 24,
  counting: 'sliding',
  demand: [
    [1, 2.5],
    [6, 7],
    // Midnight in California is at 07:00Z.
    [18, 19.5],
  ],
  storm: [2, 2.25],
  suspension: [2.5, 9.5],
  keyDiesAt: 1.5,
};

/** The first day of winter time has 25 hours: quota that is spent returns at 08:00Z, an hour later than the day before. */
const LONG: DayPlan = {
  ...ORDINARY,
  startsAt: '2026-11-01T07:30:00Z',
  hours: 25,
  counting: 'fixed',
  demand: [
    [1, 2.5],
    [6, 7],
    [23.25, 25],
  ],
};

describe.each([
  ['an ordinary day, counted over sliding minutes', ORDINARY],
  ['the day on which summer time ends, counted by the minute of the clock', LONG],
])('on %s, the balancer', (_what, plan) => {
  const day = new EmulatedDay(plan);

  beforeAll(async () => {
    // Of retries: every run is the same.
    const random = jest.spyOn(Math, 'random').mockImplementation(seeded(2));
    await day.run();
    random.mockRestore();
  }, 60_000);

  it('sends nothing where a refusal has told that nothing can be had', () => {
    expect(day.wire.breaches).toEqual([]);
  });

  it('uses at least 97 % of what could be had while there was demand', () => {
    const yields = yieldOf(day);
    const sum = (field: 'served' | 'reachable'): number => yields.reduce((total, one) => total + one[field], 0);
    expect(sum('served') / sum('reachable')).toBeGreaterThanOrEqual(0.97);
    for (const { project, served, reachable } of yields) {
      expect([project, served / reachable >= 0.95]).toEqual([project, true]);
    }
  });

  it('starves no caller', () => {
    for (const [caller, { served, longestWaitMs }] of day.records) {
      expect([caller, served > 500]).toEqual([caller, true]);
      expect([caller, longestWaitMs < 60_000]).toEqual([caller, true]);
    }
  });

  it('starves no key, and uses those again that came back', () => {
    const hours = Object.fromEntries([...day.wire.lastUseMs].map(([id, ms]) => [id, ms / 3_600_000]));
    for (const { id } of KEYS) {
      const from = id === DEAD_KEY ? plan.keyDiesAt : plan.hours;
      expect([id, hours[id]! > from - 0.5]).toEqual([id, true]);
    }
    expect(hours[DEAD_KEY]).toBeLessThan(plan.keyDiesAt + 0.1);
  });

  it('asks an overloaded model little', () => {
    expect(day.wire.refused.get(503)).toBeLessThan(50);
  });

  it('leaves nothing behind', () => {
    expect([day.balancer.waiting, day.clock.pending]).toEqual([0, 0]);
    const { keys } = day.balancer.ring;
    expect(keys.map(({ id, secret }) => day.balancer.inFlightOf(id, secret.fingerprint()))).toEqual(keys.map(() => 0));
  });
});

describe('over 10,000 calls while all keys are well', () => {
  const WEIGHTS = { a: 50, b: 30, c: 15, d: 5 } as const;
  const KINDS: readonly (readonly [strategy: string, what: string, warmth: (call: number) => string | undefined])[] = [
    ['weighted_round_robin', 'short prompts', () => undefined],
    ['weighted_round_robin', 'conversations', (call) => `conversation ${call}`],
    ['adaptive', 'short prompts', () => undefined],
  ];
  const CALLS = 10_000;

  const UNDER_WAY = 300;

  it.each(KINDS)('%s gives every key its share of %s within two percent of all', (strategy, _what, warmth) => {
    const spy = jest.spyOn(Math, 'random').mockImplementation(seeded(3));
    const keys = Object.entries(WEIGHTS).map(([id, weight]) => ({ id, weight }));
    const { balancer, clock } = new BalancerHarness(keys, { strategy });
    const underWay: Lease[] = [];
    const counts: Record<string, number> = {};
    for (let call = 0; call < CALLS; call += 1) {
      const lease = balancer.lease({ ...WISH, warmth: warmth(call) });
      if (!lease) throw new Error('every key is well');
      counts[lease.key.id] = (counts[lease.key.id] ?? 0) + 1;
      clock.advance(5);
      const oldest = underWay.push(lease) > UNDER_WAY ? underWay.shift() : undefined;
      oldest?.heard(OK);
      oldest?.end();
    }
    spy.mockRestore();
    for (const [id, weight] of Object.entries(WEIGHTS)) {
      const off = Math.abs((counts[id] ?? 0) / CALLS - weight / 100);
      expect([id, off < 0.02]).toEqual([id, true]);
    }
  });
});
