import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlidingWindow } from '../../../src/balancer/quota/sliding-window.js';

const MINUTE = 60_000;
const NOON = Date.parse('2026-05-05T12:00:00Z');

/** So much later than a minute something may be forgotten. */
const GRAIN = 250;

describe('SlidingWindow', () => {
  it('forgets what is older than a minute, and nothing younger', () => {
    const window = new SlidingWindow();
    window.add(NOON, 3);
    window.add(NOON + 30_000, 4);
    expect(window.total(NOON + MINUTE - 1)).toBe(7);
    expect(window.total(NOON + MINUTE + GRAIN)).toBe(4);
    expect(window.total(NOON + 2 * MINUTE)).toBe(0);
  });

  it('tells when there is room', () => {
    const window = new SlidingWindow();
    window.add(NOON, 6);
    window.add(NOON + 10_000, 4);
    expect(window.roomAtMs(NOON + 20_000, 1, 11)).toBe(NOON + 20_000);
    expect(window.roomAtMs(NOON + 20_000, 1, 10)).toBe(NOON + MINUTE + GRAIN);
    expect(window.roomAtMs(NOON + 20_000, 8, 10)).toBe(NOON + 10_000 + MINUTE + GRAIN);
  });

  it('has room for what is larger than the limit once it is alone', () => {
    const window = new SlidingWindow();
    window.add(NOON, 1);
    expect(window.roomAtMs(NOON, 99, 10)).toBe(NOON + MINUTE + GRAIN);
    expect(window.roomAtMs(NOON + 2 * MINUTE, 99, 10)).toBe(NOON + 2 * MINUTE);
  });

  it('corrects what it holds, and nothing that it has forgotten', () => {
    const window = new SlidingWindow();
    const slot = window.add(NOON, 100);
    window.add(NOON + 30_000, 1);
    window.adjust(slot, -40);
    expect(window.total(NOON + 30_000)).toBe(61);
    expect(window.total(NOON + MINUTE + GRAIN)).toBe(1);
    window.adjust(slot, 1_000);
    expect(window.total(NOON + MINUTE + GRAIN)).toBe(1);
  });

  it('goes on counting when the clock is set back a little', () => {
    const window = new SlidingWindow();
    window.add(NOON, 1);
    window.add(NOON - 5_000, 1);
    expect(window.total(NOON - 5_000)).toBe(2);
    expect(window.total(NOON + MINUTE + GRAIN)).toBe(0);
  });

  it('starts anew when the clock is set back or on by far', () => {
    for (const jumpMs of [-3_600_000, 3_600_000]) {
      const window = new SlidingWindow();
      window.add(NOON, 5);
      expect(window.total(NOON + jumpMs)).toBe(0);
      window.add(NOON + jumpMs, 2);
      expect(window.total(NOON + jumpMs)).toBe(2);
    }
  });

  it('holds amounts beyond any quota without losing count', () => {
    const window = new SlidingWindow();
    const slot = window.add(NOON, 2 ** 31 - 1);
    window.add(NOON, 2 ** 31 - 1);
    expect(window.total(NOON)).toBe(2 ** 31 - 1);
    window.adjust(slot, -(2 ** 31));
    expect(window.total(NOON)).toBe(0);
  });

  it('never lets more than the limit pass in any minute, and holds up nothing for longer than needed', () => {
    const steps = fc.array(fc.record({ afterMs: fc.nat({ max: 20_000 }), amount: fc.integer({ min: 1, max: 5 }) }), {
      minLength: 5,
      maxLength: 80,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 5, max: 12 }), (wishes, limit) => {
        const window = new SlidingWindow();
        const passed: { readonly atMs: number; readonly amount: number }[] = [];
        const within = (atMs: number, spanMs: number): number =>
          passed.filter((one) => one.atMs > atMs - spanMs).reduce((sum, { amount }) => sum + amount, 0);
        let nowMs = NOON;
        for (const { afterMs, amount } of wishes) {
          nowMs += afterMs;
          if (window.total(nowMs) + amount > limit) {
            const roomAtMs = window.roomAtMs(nowMs, amount, limit);
            expect(window.total(roomAtMs - 1) + amount).toBeGreaterThan(limit);
            expect(window.total(roomAtMs) + amount).toBeLessThanOrEqual(limit);
            expect(within(roomAtMs - GRAIN - 1, MINUTE) + amount).toBeGreaterThan(limit);
            nowMs = roomAtMs;
          }
          window.add(nowMs, amount);
          passed.push({ atMs: nowMs, amount });
          expect(within(nowMs, MINUTE)).toBeLessThanOrEqual(limit);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
