import { describe, expect, it } from '@jest/globals';
import { DecisionLog, DECISIONS_MAX } from '../../../src/balancer/presets/decision-log.js';
import { KEYS_MAX } from '../../../src/balancer/presets/key-slots.js';
import type { Candidate } from '../../../src/balancer/candidate.js';
import { BalancerHarness, WISH } from '../balancer.harness.js';

const idsUpTo = (count: number, prefix = 'key-') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** Candidates as the balancer has them, as far as the log looks at them. */
const candidatesOf = (ids: readonly string[]) => ids.map((id) => ({ key: { id } }) as Candidate);

function record(log: DecisionLog, ids: readonly string[], { model = 'm', atMs = 0, chosen = 0, tokens = 1 } = {}) {
  const candidates = candidatesOf(ids);
  log.record({ ...WISH, model }, candidates[chosen]!, candidates, tokens, atMs);
}

describe('DecisionLog', () => {
  it('is empty before the first call', () => {
    expect(new DecisionLog().decisions()).toEqual([]);
  });

  it('tells of each lease who got it, who could have, and what was asked for', () => {
    const harness = new BalancerHarness([{ id: 'a' }, { id: 'b', weight: 0 }, { id: 'c', models: ['other'] }]);
    harness.picks(1, { input: { textBytes: 0, mediaTokens: 1_005 } });
    harness.clock.advance(7);
    harness.picks(1, { model: undefined, lane: 'free' });

    const atMs = harness.clock.now();
    expect(harness.decisions.decisions()).toEqual([
      { atMs: atMs - 7, model: WISH.model, lane: 'metered', inputTokens: 1_005, key: 'a', candidates: ['a', 'b'] },
      { atMs, model: undefined, lane: 'free', inputTokens: 0, key: 'a', candidates: ['a', 'b', 'c'] },
    ]);
  });

  it('leaves out keys that rested or had no room', () => {
    const harness = new BalancerHarness([{ id: 'a' }, { id: 'b', limits: { '*': { rpm: 1 } } }, { id: 'c' }]);
    harness.hear('a', { scope: 'key', reason: 'x' });
    harness.hear('b', { scope: 'ok' });
    harness.picks(1);
    expect(harness.decisions.decisions().at(-1)).toMatchObject({ key: 'c', candidates: ['c'] });
  });

  it('keeps the last ten thousand decisions, the oldest first', () => {
    const log = new DecisionLog();
    for (let call = 0; call < 2 * DECISIONS_MAX + 3; call += 1) {
      record(log, ['a'], { atMs: call, model: `m${call % 7}` });
    }
    const decisions = log.decisions();
    expect(log.size).toBe(10_000);
    expect(decisions.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: DECISIONS_MAX }, (_, index) => DECISIONS_MAX + 3 + index),
    );
    expect(decisions.every(({ atMs, model }) => model === `m${atMs % 7}`)).toBe(true);
  });

  it('forgets models with their last decision, however many callers invent', () => {
    const log = new DecisionLog();
    for (let call = 0; call < 3 * DECISIONS_MAX; call += 1) record(log, ['a'], { atMs: call, model: `model-${call}` });
    const decisions = log.decisions();
    expect(decisions.every(({ atMs, model }) => model === `model-${atMs}`)).toBe(true);
    expect(log.modelCount).toBe(DECISIONS_MAX);
  });

  it('tells keys apart by every bit of their set', () => {
    const log = new DecisionLog();
    const ids = idsUpTo(KEYS_MAX);
    record(log, ids, { chosen: 255 });
    for (const id of ids) record(log, [id]);
    record(
      log,
      ids.filter((_, index) => index % 2 === 1),
    );
    const decisions = log.decisions();
    expect(decisions[0]).toMatchObject({ key: 'key-255', candidates: ids });
    expect(decisions.slice(1, -1).map(({ candidates }) => candidates)).toEqual(ids.map((id) => [id]));
    expect(decisions.at(-1)?.candidates).toEqual(ids.filter((_, index) => index % 2 === 1));
  });

  it('knows keys that come later, once the calls of those that went are forgotten', () => {
    const log = new DecisionLog();
    record(log, idsUpTo(KEYS_MAX, 'old-'));
    record(log, ['late']);
    expect(log.decisions().map(({ key }) => key)).toEqual(['old-0']);
    for (let call = 0; call < DECISIONS_MAX; call += 1) record(log, ['old-0']);
    record(log, ['old-0', 'new'], { chosen: 1 });
    expect(log.decisions().at(-1)).toMatchObject({ key: 'new', candidates: ['old-0', 'new'] });
  });

  it('counts tokens up to what it can hold', () => {
    const log = new DecisionLog();
    record(log, ['a'], { tokens: 1e12 });
    expect(log.decisions()[0]?.inputTokens).toBe(2 ** 32 - 1);
  });
});
