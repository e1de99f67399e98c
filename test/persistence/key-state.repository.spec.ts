import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyStateEntity } from '../../src/persistence/entities/key-state.entity.js';
import { type KeyState, KeyStateRepository } from '../../src/persistence/repositories/key-state.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0, 123);
const DAY_MS = 86_400_000;

const state = (scope: string, overrides: Partial<KeyState> = {}): KeyState => ({
  scope,
  kind: 'quota',
  reason: 'requests per minute',
  untilMs: NOW + 60_000,
  trips: 1,
  updatedAtMs: NOW,
  ...overrides,
});

describe('KeyStateRepository', () => {
  let database: TestDatabase;
  let states: KeyStateRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    states = new KeyStateRepository(database.dataSource.getRepository(KeyStateEntity));
  });
  beforeEach(() => database.dataSource.getRepository(KeyStateEntity).clear());
  afterAll(() => database.drop());

  it('loads what was saved, to the millisecond', async () => {
    const saved = [state('key:k1', { kind: 'quarantine', untilMs: null, trips: 3 }), state('project:p1')];
    await states.save(saved);
    expect(await states.load(NOW)).toEqual(saved);
  });

  it('remembers for a day the rests that ended, and those without an end for good', async () => {
    await states.save([
      state('a', { untilMs: NOW }),
      state('b', { untilMs: NOW - DAY_MS + 1 }),
      state('c', { untilMs: NOW - DAY_MS }),
      state('d', { untilMs: null, updatedAtMs: 0 }),
    ]);
    expect((await states.load(NOW)).map(({ scope }) => scope)).toEqual(['a', 'b', 'd']);
  });

  it('keeps the newest state of a scope, in whichever order they come', async () => {
    const newest = state('a', { updatedAtMs: NOW + 2, trips: 2 });
    await states.save([newest, state('a', { updatedAtMs: NOW + 1 })]);
    await states.save([state('a', { untilMs: null })]);
    expect(await states.load(NOW)).toEqual([newest]);
    const next = state('a', { updatedAtMs: NOW + 2, trips: 3, untilMs: null });
    await states.save([next]);
    expect(await states.load(NOW)).toEqual([next]);
  });

  it('is not locked out by batches in another order', async () => {
    const batch = Array.from({ length: 200 }, (_, index) => state(`scope-${index}`));
    await states.save(batch);
    await Promise.all([batch, batch.toReversed(), batch].map((rows) => states.save(rows)));
    expect(await states.load(NOW)).toHaveLength(200);
  });

  it('removes the scopes that are named, and nothing else', async () => {
    await states.save([state('a'), state('b'), state('c')]);
    await states.remove(['a', 'c', 'unknown']);
    await states.remove([]);
    await states.save([]);
    expect(await states.load(NOW)).toEqual([state('b')]);
  });

  it.each([
    ['a kind that does not exist', state('a', { kind: 'holiday' as 'quota' })],
    ['a rest that never happened', state('a', { trips: 0 })],
  ])('refuses %s', async (_what, row) => {
    await expect(states.save([row])).rejects.toMatchObject({ code: '23514' });
  });
});
