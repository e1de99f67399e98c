import { describe, expect, it } from '@jest/globals';
import { nextPacificMidnightMs } from '../../src/kernel/gemini/pacific-midnight.js';

describe('nextPacificMidnightMs', () => {
  it.each([
    ['2026-01-15T12:00:00Z', '2026-01-16T08:00:00Z'],
    ['2026-07-15T12:00:00Z', '2026-07-16T07:00:00Z'],
    ['2026-01-15T07:59:59Z', '2026-01-15T08:00:00Z'],
    ['2026-01-15T08:00:00Z', '2026-01-16T08:00:00Z'],
    // Summer time begins on 8 March 2026 at two in the morning: a day of 23 hours.
    ['2026-03-08T09:00:00Z', '2026-03-09T07:00:00Z'],
    ['2026-03-08T20:00:00Z', '2026-03-09T07:00:00Z'],
    // It ends on 1 November 2026: a day of 25 hours.
    ['2026-11-01T07:30:00Z', '2026-11-02T08:00:00Z'],
    ['2026-11-01T12:00:00Z', '2026-11-02T08:00:00Z'],
  ])('after %s comes %s', (instant, midnight) => {
    expect(new Date(nextPacificMidnightMs(Date.parse(instant))).toISOString()).toBe(new Date(midnight).toISOString());
  });
});
