import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KeySecretEntity } from '../../src/persistence/entities/key-secret.entity.js';
import { type KeySecret, KeySecretRepository } from '../../src/persistence/repositories/key-secret.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0, 123);

const secret = (keyId: string, overrides: Partial<KeySecret> = {}): KeySecret => ({
  keyId,
  sealed: `sealed-${keyId}`,
  replaces: 'sha256:old',
  providerName: null,
  previousSealed: null,
  previousProviderName: null,
  createdAtMs: NOW,
  rotatedAtMs: NOW,
  ...overrides,
});

describe('KeySecretRepository', () => {
  let database: TestDatabase;
  let secrets: KeySecretRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    secrets = new KeySecretRepository(database.dataSource.getRepository(KeySecretEntity));
  });
  beforeEach(() => database.dataSource.getRepository(KeySecretEntity).clear());
  afterAll(() => database.drop());

  it('reads back what was put, by key', async () => {
    const made = secret('a', { providerName: 'projects/1/locations/global/keys/x' });
    await secrets.put(secret('b'));
    await secrets.put(made);
    expect(await secrets.all()).toEqual([made, secret('b')]);
  });

  it('keeps one row per key: the last that was put, as a whole', async () => {
    await secrets.put(secret('a', { previousSealed: 'older', previousProviderName: 'projects/1/keys/old' }));
    const next = secret('a', { sealed: 'sealed-2', replaces: 'sha256:other', rotatedAtMs: NOW + 5 });
    await secrets.put(next);
    expect(await secrets.all()).toEqual([next]);
  });

  it('forgets what came before, of one key, and keeps the present secret', async () => {
    const both = { previousSealed: 'older', previousProviderName: 'projects/1/keys/old' };
    await secrets.put(secret('a', both));
    await secrets.put(secret('b', both));
    await secrets.forgetPrevious('a');
    await secrets.forgetPrevious('unknown');
    expect(await secrets.all()).toEqual([secret('a'), secret('b', both)]);
  });

  it('removes one key', async () => {
    await secrets.put(secret('a'));
    await secrets.put(secret('b'));
    await secrets.remove('a');
    await secrets.remove('a');
    expect(await secrets.all()).toEqual([secret('b')]);
  });
});
