import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BucketUsageEntity } from '../../src/persistence/entities/bucket-usage.entity.js';
import { type BucketDelta, BucketUsageRepository } from '../../src/persistence/repositories/bucket-usage.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0, 123);
const DAY = '2026-03-08';

const delta = (model: string, requests: number, overrides: Partial<BucketDelta> = {}): BucketDelta => ({
  project: 'p1',
  model,
  day: DAY,
  requests,
  inputTokens: requests * 100,
  ...overrides,
});

describe('BucketUsageRepository', () => {
  let database: TestDatabase;
  let usage: BucketUsageRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    usage = new BucketUsageRepository(database.dataSource.getRepository(BucketUsageEntity));
  });
  beforeEach(() => database.dataSource.getRepository(BucketUsageEntity).clear());
  afterAll(() => database.drop());

  it('loads one day, whatever the time zone and the switch to summer time', async () => {
    const before = Date.now();
    await usage.add([delta('a', 1), delta('a', 2, { day: '2026-03-09' }), delta('b', 3, { project: 'p0' })]);
    const rows = await usage.load(DAY);
    expect(rows).toMatchObject([
      { project: 'p0', model: 'b', day: DAY, requests: 3, inputTokens: 300, learned: null },
      { project: 'p1', model: 'a', day: DAY, requests: 1, inputTokens: 100, learned: null },
    ]);
    expect(rows[0]!.updatedAtMs).toBeGreaterThanOrEqual(before - 1_000);
    expect(await usage.load('2026-03-07')).toEqual([]);
  });

  it('sums what is added, within a batch and after it, beyond 32 bits', async () => {
    await usage.add([delta('a', 1), delta('b', 5), delta('a', 2)]);
    await usage.add([delta('a', 0, { inputTokens: 2 ** 40 })]);
    await usage.add([delta('a', 0, { inputTokens: -300 })]);
    expect(await usage.load(DAY)).toMatchObject([
      { model: 'a', requests: 3, inputTokens: 2 ** 40 },
      { model: 'b', requests: 5, inputTokens: 500 },
    ]);
  });

  it('loses nothing when replicas add at once, in whichever order', async () => {
    const batch = Array.from({ length: 100 }, (_, index) => delta(`model-${index}`, 1));
    await usage.add(batch);
    await Promise.all(Array.from({ length: 9 }, (_, index) => usage.add(index % 2 === 0 ? batch : batch.toReversed())));
    const rows = await usage.load(DAY);
    expect(rows).toHaveLength(100);
    expect(new Set(rows.map(({ requests, inputTokens }) => `${requests} ${inputTokens}`))).toEqual(
      new Set(['10 1000']),
    );
  });

  it('keeps what was learned until something else is', async () => {
    await usage.add([delta('a', 1, { learned: { rpm: 10, learnedAtMs: NOW } })]);
    await usage.add([delta('a', 1)]);
    expect(await usage.load(DAY)).toMatchObject([{ requests: 2, learned: { rpm: 10, learnedAtMs: NOW } }]);
    const last = { rpd: 250, learnedAtMs: NOW + 2 };
    await usage.add([
      delta('a', 1, { learned: { tpm: 1, learnedAtMs: NOW + 1 } }),
      delta('a', 1, { learned: last }),
      delta('a', 1),
    ]);
    expect((await usage.load(DAY))[0]).toMatchObject({ requests: 5 });
    expect((await usage.load(DAY))[0]!.learned).toEqual(last);
  });

  it('knows what was learned last about each project and model, if it is not too old', async () => {
    await usage.add([
      delta('a', 1, { learned: { rpm: 1, learnedAtMs: NOW } }),
      delta('a', 1, { day: '2026-03-09', learned: { rpm: 2, learnedAtMs: NOW + 5 } }),
      delta('a', 1, { day: '2026-03-10' }),
      delta('a', 1, { project: 'p2', learned: { rpm: 3, learnedAtMs: NOW } }),
      delta('b', 1, { learned: { rpm: 4, learnedAtMs: NOW - 1 } }),
    ]);
    expect(await usage.latestLearned(NOW)).toEqual([
      { project: 'p1', model: 'a', learned: { rpm: 2, learnedAtMs: NOW + 5 } },
      { project: 'p2', model: 'a', learned: { rpm: 3, learnedAtMs: NOW } },
    ]);
  });

  it('removes the days before a day, and nothing else', async () => {
    await usage.add([delta('a', 1, { day: '2026-03-06' }), delta('a', 1, { day: '2026-03-07' }), delta('a', 1)]);
    await usage.add([]);
    expect(await usage.removeBefore(DAY)).toBe(2);
    expect(await usage.removeBefore(DAY)).toBe(0);
    expect(await usage.load(DAY)).toHaveLength(1);
  });
});
