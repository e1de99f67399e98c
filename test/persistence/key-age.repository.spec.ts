import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyAgeEntity } from '../../src/persistence/entities/key-age.entity.js';
import { KeyAgeRepository } from '../../src/persistence/repositories/key-age.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0, 123);
const age = (keyId: string, fingerprint: string, firstSeenMs = NOW) => ({ keyId, fingerprint, firstSeenMs });

describe('KeyAgeRepository', () => {
  let database: TestDatabase;
  let ages: KeyAgeRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    ages = new KeyAgeRepository(database.dataSource.getRepository(KeyAgeEntity));
  });
  beforeEach(() => database.dataSource.getRepository(KeyAgeEntity).clear());
  afterAll(() => database.drop());

  it('knows every secret of every key, the oldest first, to the millisecond', async () => {
    await ages.seen([age('b', 'f1'), age('a', 'f1', NOW + 2), age('a', 'f2', NOW + 1)]);
    expect(await ages.all()).toEqual([age('a', 'f2', NOW + 1), age('a', 'f1', NOW + 2), age('b', 'f1')]);
  });

  it('keeps the time at which a secret was first seen', async () => {
    await ages.seen([age('a', 'f1', NOW + 1), age('a', 'f1')]);
    await ages.seen([age('a', 'f1', NOW + 9), age('a', 'f2', NOW + 9)]);
    await ages.seen([]);
    expect(await ages.all()).toEqual([age('a', 'f1'), age('a', 'f2', NOW + 9)]);
  });

  it('lets replicas see the same keys at once, in whichever order', async () => {
    const batch = Array.from({ length: 200 }, (_, index) => age(`key-${index}`, 'f'));
    await Promise.all([batch, batch.toReversed(), batch].map((entries) => ages.seen(entries)));
    expect(await ages.all()).toHaveLength(200);
  });
});
