import { describe, expect, it } from '@jest/globals';
import { DayCount } from '../../../src/balancer/quota/day-count.js';

const at = (instant: string): number => Date.parse(instant);

describe('DayCount', () => {
  it.each([
    ['in winter', '2026-01-15T12:00:00Z', '2026-01-16T08:00:00Z'],
    ['in summer', '2026-07-15T12:00:00Z', '2026-07-16T07:00:00Z'],
    ['over the day of 23 hours', '2026-03-08T08:30:00Z', '2026-03-09T07:00:00Z'],
    ['over the day of 25 hours', '2026-11-01T07:30:00Z', '2026-11-02T08:00:00Z'],
  ])('ends at midnight in California %s', (_when, during, midnight) => {
    const count = new DayCount();
    count.add(at(during), 5);
    expect(count.endMs(at(during))).toBe(at(midnight));
    expect(count.total(at(midnight) - 1)).toBe(5);
    expect(count.total(at(midnight))).toBe(0);
  });

  it('is never below zero', () => {
    const count = new DayCount();
    count.add(at('2026-01-15T12:00:00Z'), -3);
    expect(count.total(at('2026-01-15T12:00:00Z'))).toBe(0);
  });

  it('keeps its sum when the clock is set back within the day, and starts anew when by days', () => {
    const count = new DayCount();
    count.add(at('2026-01-15T12:00:00Z'), 5);
    expect(count.total(at('2026-01-15T09:00:00Z'))).toBe(5);
    expect(count.total(at('2026-01-12T12:00:00Z'))).toBe(0);
    expect(count.endMs(at('2026-01-12T12:00:00Z'))).toBe(at('2026-01-13T08:00:00Z'));
  });
});
