import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ceilingMs, fullJitterMs } from '../../../src/kernel/resilience/backoff.js';
import { RetryBudget } from '../../../src/kernel/resilience/retry-budget.js';

function withdrawn(budget: RetryBudget, tries: number, nowMs: number, share = 0.25): number {
  return Array.from({ length: tries }, () => budget.withdraw(share, nowMs)).filter(Boolean).length;
}

describe('RetryBudget', () => {
  it('lets little traffic be repeated, too', () => {
    expect(withdrawn(new RetryBudget(), 50, 0)).toBe(10);
  });

  it('allows a share of the calls beyond that', () => {
    const budget = new RetryBudget();
    withdrawn(budget, 50, 0);
    for (let call = 0; call < 100; call += 1) budget.deposit(0.25);
    expect(withdrawn(budget, 50, 0)).toBe(25);
  });

  it('fills its reserve again within ten seconds, and saves no more than a hundred', () => {
    const budget = new RetryBudget();
    withdrawn(budget, 50, 0);
    expect(withdrawn(budget, 50, 5_000)).toBe(5);
    expect(withdrawn(budget, 50, 600_000)).toBe(10);
    for (let call = 0; call < 10_000; call += 1) budget.deposit(0.25);
    expect(withdrawn(budget, 500, 600_000)).toBe(100);
  });

  it('allows nothing where no share is granted', () => {
    expect(withdrawn(new RetryBudget(), 5, 0, 0)).toBe(0);
  });

  it('never allows more than the share, the reserve and what time gives back', () => {
    const SHARE = 0.25;
    const events = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('calls' as const), count: fc.nat({ max: 100 }) }),
        fc.record({ kind: fc.constant('tries' as const), count: fc.nat({ max: 50 }) }),
        fc.record({ kind: fc.constant('wait' as const), count: fc.nat({ max: 20_000 }) }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(events, (happening) => {
        const budget = new RetryBudget();
        let [nowMs, calls, repeated] = [0, 0, 0];
        for (const { kind, count } of happening) {
          if (kind === 'wait') nowMs += count;
          if (kind === 'tries') repeated += withdrawn(budget, count, nowMs, SHARE);
          if (kind === 'calls') {
            calls += count;
            for (let call = 0; call < count; call += 1) budget.deposit(SHARE);
          }
          expect(repeated).toBeLessThanOrEqual(10 + calls * SHARE + nowMs / 1_000 + 1e-6);
        }
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});

describe('backoff', () => {
  const LIMITS = { base: 250, max: 8_000 };

  it('doubles its ceiling up to the bound', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => ceilingMs(LIMITS, attempt))).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000,
    ]);
  });

  it('spreads the delay over all of it', () => {
    expect([0, 0.5, 0.999].map((random) => fullJitterMs(LIMITS, 3, () => random))).toEqual([0, 500, 999]);
  });
});
