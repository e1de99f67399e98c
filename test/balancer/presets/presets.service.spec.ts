import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AuditEvent } from '../../../src/audit/audit-event.js';
import type { AuditLog } from '../../../src/audit/audit-log.js';
import { KeyOverridesStore } from '../../../src/balancer/keys/key-overrides.js';
import { PresetInForce } from '../../../src/balancer/presets/preset-in-force.js';
import { WeightPresets } from '../../../src/balancer/presets/presets.service.js';
import { ConfigStore } from '../../../src/config/config.store.js';
import { WeightPresetEntity } from '../../../src/persistence/entities/weight-preset.entity.js';
import { WeightPresetRepository } from '../../../src/persistence/repositories/weight-preset.repository.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { ManualClock } from '../../support/manual-clock.js';
import { configWith } from '../balancer.harness.js';

const KEYS = [
  { id: 'a', weight: 10 },
  { id: 'b', weight: 20 },
];
const MINE = { description: 'mine', weights: { a: 1, b: 3 }, strategy: undefined };

let database: TestDatabase | undefined;

/** A replica as far as presets need one. */
class Replica {
  readonly clock = new ManualClock();
  readonly events: AuditEvent[] = [];
  readonly overrides = new KeyOverridesStore();
  readonly store: ConfigStore;
  readonly inForce: PresetInForce;
  readonly presets: WeightPresets;

  constructor(
    keys: readonly Readonly<Record<string, unknown>>[] = KEYS,
    rows = new WeightPresetRepository(database!.dataSource.getRepository(WeightPresetEntity)),
  ) {
    this.store = new ConfigStore(configWith(keys));
    const audit = { append: (event: AuditEvent) => void this.events.push(event) } as unknown as AuditLog;
    this.inForce = new PresetInForce(rows, this.overrides, this.store, this.clock, audit);
    this.presets = new WeightPresets(rows, this.inForce, this.store, this.overrides);
  }

  /** A replica that was started. */
  static async start(keys?: readonly Readonly<Record<string, unknown>>[]): Promise<Replica> {
    const replica = new Replica(keys);
    await replica.inForce.onModuleInit();
    return replica;
  }

  weights(): Record<string, number> {
    return Object.fromEntries(this.presets.effective().map(({ key, weight }) => [key, weight]));
  }
}

const violations = async (refused: Promise<unknown>) => {
  const fault: unknown = await refused.then(
    () => 'not refused',
    (error: unknown) => error,
  );
  return fault as { code: string; violations: { path: string; message: string }[] };
};

beforeEach(async () => {
  Logger.overrideLogger(false);
  await database?.drop();
  database = await createTestDatabase();
});
afterAll(async () => {
  await database?.drop();
});

describe('without an applied preset', () => {
  it('configured weights are in force, also when the configuration changes', async () => {
    const replica = await Replica.start();
    expect(replica.presets.effective()).toEqual([
      { key: 'a', weight: 10, source: 'configuration' },
      { key: 'b', weight: 20, source: 'configuration' },
    ]);
    expect(replica.presets.current()).toBeUndefined();
    replica.store.replace(configWith([{ id: 'a', weight: 11 }]));
    expect(replica.weights()).toEqual({ a: 11 });
  });

  it('there are the built-in presets, with their weights for this configuration', async () => {
    const list = await (await Replica.start()).presets.list();
    expect(list.map(({ name }) => name)).toEqual(['balanced', 'high_performance', 'cost_saver', 'failover']);
    expect(list.at(-1)).toMatchObject({ weights: { b: 2, a: 1 }, strategy: 'priority', updated: undefined });
  });
});

describe('an applied preset', () => {
  it('is in force at once, and told to the audit with who did it', async () => {
    const { presets, overrides, events } = await Replica.start();
    await presets.create('mine', { ...MINE, strategy: 'priority' }, 'ada');
    await presets.apply('mine', 'grace');

    expect(presets.effective()).toEqual([
      { key: 'a', weight: 1, source: 'preset' },
      { key: 'b', weight: 3, source: 'preset' },
    ]);
    expect(overrides.current.strategy).toBe('priority');
    expect(presets.current()).toMatchObject({ name: 'mine', actor: 'grace' });
    expect(events).toEqual([
      expect.objectContaining({
        type: 'WeightChange',
        action: 'apply preset',
        actor: { type: 'admin', id: 'grace' },
        details: { preset: 'mine', weights: { a: 1, b: 3 }, strategy: 'priority', before: undefined },
      }),
    ]);
  });

  it('is in force again after a restart, as it was when it was applied', async () => {
    const first = await Replica.start();
    await first.presets.create('mine', MINE, 'ada');
    await first.presets.apply('failover', 'ada');
    await first.presets.apply('mine', 'ada');

    const second = await Replica.start();
    expect(second.weights()).toEqual({ a: 1, b: 3 });
    expect(second.presets.current()).toEqual(first.presets.current());
    expect(second.events).toEqual([]);
  });

  it('leaves keys that it does not name their configured weight', async () => {
    const replica = await Replica.start();
    await replica.presets.create('mine', { ...MINE, weights: { a: 5 } }, 'ada');
    await replica.presets.apply('mine', 'ada');
    replica.store.replace(configWith([...KEYS, { id: 'late', weight: 7 }]));
    expect(replica.presets.effective()).toEqual([
      { key: 'a', weight: 5, source: 'preset' },
      { key: 'b', weight: 20, source: 'configuration' },
      { key: 'late', weight: 7, source: 'configuration' },
    ]);
  });

  it('follows the configuration when it is a built-in one', async () => {
    const replica = await Replica.start();
    await replica.presets.apply('failover', 'ada');
    expect(replica.weights()).toEqual({ a: 1, b: 2 });
    replica.store.replace(configWith([...KEYS, { id: 'late', weight: 700 }]));
    expect(replica.weights()).toEqual({ a: 1, b: 2, late: 3 });

    const restarted = await Replica.start([{ id: 'a' }, { id: 'z' }]);
    expect(restarted.weights()).toEqual({ a: 2, z: 1 });
    expect(restarted.overrides.current.strategy).toBe('priority');
  });

  it('stays in force when the configuration changes, and yields when it is cleared', async () => {
    const replica = await Replica.start();
    await replica.presets.apply('balanced', 'ada');
    replica.store.replace(configWith([{ id: 'a', weight: 1 }, { id: 'b' }]));
    expect(replica.presets.current()?.name).toBe('balanced');

    await replica.presets.clear('grace');
    expect(replica.weights()).toEqual({ a: 1, b: 100 });
    expect(replica.overrides.current.strategy).toBeUndefined();
    expect((await Replica.start()).presets.current()).toBeUndefined();
    expect(replica.events.at(-1)).toMatchObject({ action: 'clear preset', actor: { id: 'grace' } });
    await replica.presets.clear('grace');
    expect(await replica.presets.history({ limit: 10 })).toHaveLength(2);
  });

  it('does not disturb the balancer when nothing changes', async () => {
    const replica = await Replica.start();
    await replica.presets.apply('failover', 'ada');
    let changes = 0;
    replica.overrides.onChange(() => (changes += 1));
    await replica.inForce.takeOver();
    replica.store.replace(configWith(KEYS));
    expect(changes).toBe(0);
  });

  it('changes with its definition, and cannot be removed', async () => {
    const { presets } = await Replica.start();
    await presets.create('mine', MINE, 'ada');
    await presets.create('other', MINE, 'ada');
    await presets.apply('mine', 'ada');
    await presets.update('other', { ...MINE, weights: { a: 8 } }, 'ada');
    expect(presets.effective().map(({ weight }) => weight)).toEqual([1, 3]);

    await presets.update('mine', { ...MINE, weights: { a: 9, b: 9 } }, 'grace');
    expect(presets.effective().map(({ weight }) => weight)).toEqual([9, 9]);
    expect((await Replica.start()).weights()).toEqual({ a: 9, b: 9 });
    await expect(presets.remove('mine', 'ada')).rejects.toMatchObject({
      code: 'validation_failed',
      violations: [{ path: 'name', message: expect.stringContaining('is in force') }],
    });
    await presets.apply('balanced', 'ada');
    await presets.remove('mine', 'ada');
    expect((await presets.list()).map(({ name }) => name)).not.toContain('mine');
  });

  it('is taken over from another replica', async () => {
    const [one, other] = [await Replica.start(), await Replica.start()];
    await one.presets.apply('failover', 'ada');
    expect(other.presets.current()).toBeUndefined();
    await other.inForce.takeOver();
    expect(other.presets.current()).toEqual(one.presets.current());
    expect(other.weights()).toEqual({ a: 1, b: 2 });
    expect(other.events).toEqual([]);
  });

  it('is the last one, when several are applied at once', async () => {
    const replica = await Replica.start();
    await Promise.all(['balanced', 'failover', 'cost_saver'].map((name) => replica.presets.apply(name, 'ada')));
    const [newest] = await replica.presets.history({ limit: 1 });
    expect(replica.presets.current()?.name).toBe(newest?.preset);
    expect((await Replica.start()).weights()).toEqual(replica.weights());
  });
});

describe('a start without a database', () => {
  it('serves with configured weights, and catches up when the database answers', async () => {
    await (await Replica.start()).presets.apply('failover', 'ada');
    const rows = new WeightPresetRepository(database!.dataSource.getRepository(WeightPresetEntity));
    const read = rows.latestApplied.bind(rows);
    let isDown = true;
    let settled: Promise<unknown> = Promise.resolve();
    rows.latestApplied = () => {
      const answer = isDown ? Promise.reject(new Error('down')) : read();
      settled = answer.catch(() => undefined);
      return answer;
    };

    const replica = new Replica(KEYS, rows);
    await replica.inForce.onModuleInit();
    expect(replica.weights()).toEqual({ a: 10, b: 20 });
    isDown = false;
    replica.clock.advance(1_000);
    await settled;
    await replica.inForce.takeOver();
    expect(replica.weights()).toEqual({ a: 1, b: 2 });
    expect(replica.clock.pending).toBe(0);
  });

  it('stops asking when the replica stops', async () => {
    const rows = new WeightPresetRepository(database!.dataSource.getRepository(WeightPresetEntity));
    rows.latestApplied = () => Promise.reject(new Error('down'));
    const replica = new Replica(KEYS, rows);
    await replica.inForce.onModuleInit();
    expect(replica.clock.pending).toBe(1);
    replica.inForce.onModuleDestroy();
    expect(replica.clock.pending).toBe(0);
  });

  it('applies nothing that could not be noted', async () => {
    const replica = await Replica.start();
    await database!.drop();
    database = undefined;
    await expect(replica.presets.apply('failover', 'ada')).rejects.toBeDefined();
    expect(replica.weights()).toEqual({ a: 10, b: 20 });
    expect(replica.events).toEqual([]);
  });
});

describe('own presets', () => {
  it('are kept with who changed them and when, and their history is told', async () => {
    const { presets } = await Replica.start();
    const made = await presets.create('mine', MINE, 'ada');
    expect(made).toMatchObject({ name: 'mine', ...MINE, updated: { by: 'ada' } });
    expect(await presets.get('mine')).toEqual(made);
    const changed = await presets.update('mine', { ...MINE, description: 'changed' }, 'grace');
    expect(changed).toMatchObject({ description: 'changed', updated: { by: 'grace' } });
    await presets.apply('mine', 'ada');
    await presets.apply('balanced', 'ada');
    await presets.remove('mine', 'ada');

    const history = await presets.history({ limit: 10 });
    expect(history.map(({ action, preset, actor }) => [action, preset, actor])).toEqual([
      ['delete', 'mine', 'ada'],
      ['apply', 'balanced', 'ada'],
      ['apply', 'mine', 'ada'],
      ['update', 'mine', 'grace'],
      ['create', 'mine', 'ada'],
    ]);
    expect(await presets.history({ limit: 1, beforeId: history[1]!.id })).toEqual([history[2]]);
  });

  it.each(['balanced', 'high_performance', 'cost_saver', 'failover'])('never are called %s', async (name) => {
    const { presets } = await Replica.start();
    for (const use of [
      () => presets.create(name, MINE, 'ada'),
      () => presets.update(name, MINE, 'ada'),
      () => presets.remove(name, 'ada'),
    ]) {
      expect(await violations(use())).toMatchObject({
        code: 'validation_failed',
        violations: [{ path: 'name', message: expect.stringContaining('another name') }],
      });
    }
  });

  it('have names of their own that can stand in a path', async () => {
    const { presets } = await Replica.start();
    await presets.create('mine', MINE, 'ada');
    for (const name of ['mine', '', 'a/b', 'x'.repeat(65), '.hidden']) {
      expect(await violations(presets.create(name, MINE, 'ada'))).toMatchObject({ violations: [{ path: 'name' }] });
    }
  });

  it('are not there under names that nobody gave', async () => {
    const { presets } = await Replica.start();
    for (const use of [
      () => presets.get('no'),
      () => presets.update('no', MINE, 'ada'),
      () => presets.remove('no', 'ada'),
      () => presets.apply('no', 'ada'),
    ]) {
      await expect(use()).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('name every mistake in their weights with its path', async () => {
    const { presets } = await Replica.start();
    const weights = { a: -1, b: 1.5, 'no.key': 3 };
    for (const use of [
      () => presets.create('mine', { ...MINE, weights }, 'ada'),
      () => presets.update('mine', { ...MINE, weights }, 'ada'),
    ]) {
      const { code, violations: found } = await violations(use());
      expect(code).toBe('validation_failed');
      expect(found.map(({ path }) => path)).toEqual(['weights.a', 'weights.b', 'weights["no.key"]']);
      expect(found.at(-1)?.message).toContain('a, b');
    }
  });

  it('must leave a key with weight', async () => {
    const { presets } = await Replica.start();
    const refused = { code: 'validation_failed', violations: [{ path: 'weights' }] };
    for (const weights of [{}, { a: 0, b: 0 }] as Record<string, number>[]) {
      expect(await violations(presets.create('mine', { ...MINE, weights }, 'ada'))).toMatchObject(refused);
    }
    await presets.create('mine', { ...MINE, weights: { a: 0 } }, 'ada');
    const shrunk = await Replica.start([{ id: 'a' }]);
    expect(await violations(shrunk.presets.apply('mine', 'ada'))).toMatchObject(refused);
  });

  it('are at most a hundred', async () => {
    const { presets } = await Replica.start();
    for (let count = 0; count < 100; count += 1) await presets.create(`p${count}`, MINE, 'ada');
    expect(await violations(presets.create('more', MINE, 'ada'))).toMatchObject({
      violations: [{ path: 'name', message: expect.stringContaining('remove one') }],
    });
  });
});
