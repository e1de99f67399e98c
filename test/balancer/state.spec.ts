import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CoolDownKeeper } from '../../src/balancer/state/cool-down-keeper.js';
import { UsageKeeper } from '../../src/balancer/state/usage-keeper.js';
import type { Verdict } from '../../src/kernel/gemini/verdict.js';
import { BucketUsageEntity } from '../../src/persistence/entities/bucket-usage.entity.js';
import { KeyStateEntity } from '../../src/persistence/entities/key-state.entity.js';
import { BucketUsageRepository } from '../../src/persistence/repositories/bucket-usage.repository.js';
import { KeyStateRepository } from '../../src/persistence/repositories/key-state.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { BalancerHarness, OK, spent } from './balancer.harness.js';

const DEAD: Verdict = { scope: 'key', reason: 'API_KEY_INVALID' };
const LIMITED: Verdict = {
  scope: 'bucket',
  rest: { kind: 'delay', ms: 1_000 },
  violations: [{ quotaId: 'x', quotaMetric: 'y', dimension: 'rpm', window: 'minute', model: undefined, limit: 3 }],
};

describe('what the balancer knows', () => {
  let database: TestDatabase;
  let states: KeyStateRepository;
  let usage: BucketUsageRepository;
  const tables = [KeyStateEntity, BucketUsageEntity] as const;

  beforeAll(async () => {
    database = await createTestDatabase();
    states = new KeyStateRepository(database.dataSource.getRepository(KeyStateEntity));
    usage = new BucketUsageRepository(database.dataSource.getRepository(BucketUsageEntity));
  });
  beforeEach(() => Promise.all(tables.map((table) => database.dataSource.getRepository(table).clear())));
  afterAll(() => database.drop());

  const rests = ({ health, clock }: BalancerHarness): unknown =>
    Object.fromEntries(
      health.coolDowns
        .known()
        .filter((scope) => scope.restAt(clock.now()))
        .map(({ name, coolDown }) => [name, coolDown]),
    );

  /** A replica from start to stop. */
  const replica = async (
    keys: readonly Readonly<Record<string, unknown>>[],
    live: (harness: BalancerHarness) => void,
  ): Promise<void> => {
    const harness = new BalancerHarness(keys);
    const keepers = [
      new CoolDownKeeper(harness.health, states, harness.clock),
      new UsageKeeper(harness.balancer, usage, harness.clock),
    ];
    for (const keeper of keepers) await keeper.onModuleInit();
    live(harness);
    for (const keeper of keepers) await keeper.onModuleDestroy();
  };

  it('rests still after a restart what rested before, for the same reason and time', async () => {
    const keys = [{ id: 'a' }, { id: 'b', project: 'Team B (EU)' }, { id: 'c' }];
    let before: unknown;
    await replica(keys, (harness) => {
      harness.hear('a', DEAD);
      harness.hear('b', spent({ kind: 'pacific_midnight' }));
      // No name for a row: it must not keep the others from being written.
      for (const model of ['\0', '\ud800', 'x'.repeat(3_000)]) {
        harness.hear('c', spent({ kind: 'delay', ms: 1 }), { model });
      }
      harness.clock.advance(1);
      before = rests(harness);
    });
    await replica(keys, (harness) => {
      expect(rests(harness)).toEqual(before);
      expect(harness.counts(3)).toEqual({ c: 3 });
    });
  });

  it('has forgotten a rest that ended before the restart', async () => {
    await replica([{ id: 'a' }], (harness) => {
      harness.hear('a', DEAD);
      harness.health.returned(harness.health.coolDowns.scope('key:a'));
      harness.hear('a', OK);
    });
    await replica([{ id: 'a' }], (harness) => {
      expect(harness.health.coolDowns.scope('key:a').coolDown).toBeUndefined();
    });
  });

  it('counts the day on after a restart, so that no quota is burnt', async () => {
    const keys = [{ id: 'a', limits: { '*': { rpd: 5 } } }];
    await replica(keys, (harness) => {
      for (let call = 0; call < 3; call += 1) harness.hear('a', OK);
    });
    await replica(keys, (harness) => {
      expect(harness.picks(3)).toEqual(['a', 'a', 'none']);
    });
    await replica(keys, (harness) => {
      expect(harness.picks(1)).toEqual(['none']);
      harness.clock.advance(24 * 3_600_000);
      expect(harness.picks(1)).toEqual(['a']);
    });
  });

  it('remembers for a day the limits that a refusal told', async () => {
    await replica([{ id: 'a' }], (harness) => {
      harness.hear('a', LIMITED);
    });
    await replica([{ id: 'a' }], (harness) => {
      harness.clock.advance(1_000);
      expect(harness.picks(4)).toEqual(['a', 'a', 'a', 'none']);
    });
  });
});
