import { beforeEach, describe, expect, it } from '@jest/globals';
import { StoreGate } from '../../src/kernel/resilience/store-gate.js';
import { ManualClock } from '../support/manual-clock.js';

const UNAVAILABLE = expect.objectContaining({ code: 'store_unavailable', retryAfterMs: 1_000 });

describe('the way to a store', () => {
  let clock: ManualClock;
  let gate: StoreGate;
  beforeEach(() => {
    clock = new ManualClock();
    gate = new StoreGate(clock, { limitMs: 250, atOnce: 2 });
  });

  it('brings what the store answers, and leaves no timer behind', async () => {
    await expect(gate.pass(() => Promise.resolve('row'))).resolves.toBe('row');
    expect(clock.pending).toBe(0);
  });

  it('says that the store is away when it fails', async () => {
    await expect(gate.pass(() => Promise.reject(new Error('no connection')))).rejects.toEqual(UNAVAILABLE);
    expect(clock.pending).toBe(0);
  });

  it('waits as long as it may, and no longer', async () => {
    const answer = gate.pass(() => new Promise(() => undefined));
    clock.advance(249);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await expect(answer).rejects.toEqual(UNAVAILABLE);
  });

  it('lets no more through than a store that does not answer can pile up', async () => {
    const answers: ((row: string) => void)[] = [];
    const ask = (): Promise<string> => gate.pass(() => new Promise((resolve) => answers.push(resolve)));
    const [first, second] = [ask(), ask()];
    clock.advance(250);
    await expect(first).rejects.toEqual(UNAVAILABLE);
    await expect(second).rejects.toEqual(UNAVAILABLE);
    await expect(ask()).rejects.toEqual(UNAVAILABLE);
    expect(answers).toHaveLength(2);
    answers[0]?.('late');
    await new Promise(setImmediate);
    const third = ask();
    answers[2]?.('row');
    await expect(third).resolves.toBe('row');
  });
});
