import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WeightPresetEntity } from '../../src/persistence/entities/weight-preset.entity.js';
import { WeightPresetRepository } from '../../src/persistence/repositories/weight-preset.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const content = (zebra: number, strategy: string | null = null) => ({
  description: `zebra ${zebra}`,
  weights: { zebra, apple: 0.5 },
  strategy,
});
const line = (action: 'apply' | 'clear', preset: string | null) => ({
  actor: 'admin',
  action,
  preset,
  weights: preset === null ? {} : { [preset]: 1 },
  strategy: null,
});

describe('WeightPresetRepository', () => {
  let database: TestDatabase;
  let presets: WeightPresetRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    presets = new WeightPresetRepository(database.dataSource.getRepository(WeightPresetEntity));
  });
  beforeEach(() => database.dataSource.query('TRUNCATE weight_preset, weight_change'));
  afterAll(() => database.drop());

  const actions = async () => (await presets.history({ limit: 100 })).map(({ action, preset }) => [action, preset]);

  it('returns what was created, and reads the same back, with its names in order', async () => {
    const before = Date.now();
    const created = await presets.create('night', content(3, 'adaptive'), 'ann');
    expect(created).toMatchObject({ name: 'night', ...content(3, 'adaptive'), updatedBy: 'ann' });
    expect(created!.createdAtMs).toBeGreaterThanOrEqual(before - 1_000);
    expect(await presets.get('night')).toEqual(created);
    expect(Object.keys((await presets.get('night'))!.weights)).toEqual(['zebra', 'apple']);
    expect(await presets.get('day')).toBeUndefined();
  });

  it('lists the presets by name', async () => {
    await presets.create('b', content(1), 'ann');
    await presets.create('a', content(2), 'ann');
    expect((await presets.list()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('creates a name once, whoever asks at once, with one line in the history', async () => {
    const answers = await Promise.all([1, 2, 3].map((weight) => presets.create('night', content(weight), 'ann')));
    const [created] = answers.filter((answer) => answer !== undefined);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(2);
    expect(await presets.list()).toEqual([created]);
    expect(await actions()).toEqual([['create', 'night']]);
  });

  it('changes the content, says by whom, and keeps when it was created', async () => {
    const created = await presets.create('night', content(1, 'priority'), 'ann');
    const updated = await presets.update('night', content(9), 'bob');
    expect(updated).toMatchObject({ ...content(9), updatedBy: 'bob', createdAtMs: created!.createdAtMs });
    expect(updated!.updatedAtMs).toBeGreaterThanOrEqual(created!.updatedAtMs);
    expect(await presets.get('night')).toEqual(updated);
    expect((await presets.history({ limit: 1 }))[0]).toMatchObject({
      actor: 'bob',
      action: 'update',
      preset: 'night',
      weights: content(9).weights,
      strategy: null,
    });
  });

  it('removes once, and keeps the last weights in the history', async () => {
    await presets.create('night', content(4, 'adaptive'), 'ann');
    const answers = await Promise.all([presets.remove('night', 'bob'), presets.remove('night', 'bob')]);
    expect(answers.sort()).toEqual([false, true]);
    expect(await presets.get('night')).toBeUndefined();
    expect(await actions()).toEqual([
      ['delete', 'night'],
      ['create', 'night'],
    ]);
    expect((await presets.history({ limit: 1 }))[0]).toMatchObject({
      actor: 'bob',
      weights: content(4).weights,
      strategy: 'adaptive',
    });
  });

  it('writes no history for what did not happen', async () => {
    expect(await presets.update('unknown', content(1), 'ann')).toBeUndefined();
    expect(await presets.remove('unknown', 'ann')).toBe(false);
    expect(await presets.history({ limit: 10 })).toEqual([]);
  });

  it('changes nothing when the history cannot be written', async () => {
    await presets.create('night', content(1), 'ann');
    const nobody = null as unknown as string;
    await database.dataSource.query('ALTER TABLE weight_preset ALTER updated_by DROP NOT NULL');
    await expect(presets.create('day', content(1), nobody)).rejects.toMatchObject({ code: '23502' });
    await expect(presets.update('night', content(2), nobody)).rejects.toMatchObject({ code: '23502' });
    await expect(presets.remove('night', nobody)).rejects.toMatchObject({ code: '23502' });
    await database.dataSource.query('ALTER TABLE weight_preset ALTER updated_by SET NOT NULL');
    expect(await presets.list()).toMatchObject([{ name: 'night', ...content(1) }]);
  });

  it('pages through the history, the newest first', async () => {
    for (const preset of ['a', 'b', 'c', 'd']) await presets.record(line('apply', preset));
    const page = await presets.history({ limit: 2 });
    expect(page.map(({ preset }) => preset)).toEqual(['d', 'c']);
    const next = await presets.history({ limit: 5, beforeId: page[1]!.id });
    expect(next.map(({ preset }) => preset)).toEqual(['b', 'a']);
  });

  it('knows what is in force, whatever was edited since', async () => {
    expect(await presets.latestApplied()).toBeUndefined();
    await presets.record(line('apply', 'night'));
    await presets.create('night', content(1), 'ann');
    expect(await presets.latestApplied()).toMatchObject(line('apply', 'night'));
    await presets.record(line('clear', null));
    await presets.update('night', content(2), 'ann');
    expect(await presets.latestApplied()).toMatchObject({ ...line('clear', null), atMs: expect.any(Number) });
  });
});
