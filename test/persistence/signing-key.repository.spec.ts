import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectDataSource } from '../../src/persistence/data-source.js';
import { SigningKeyEntity } from '../../src/persistence/entities/signing-key.entity.js';
import { SigningKeyRepository } from '../../src/persistence/repositories/signing-key.repository.js';
import { Secret } from '../../src/kernel/secret.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

describe('SigningKeyRepository', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('makes one key for replicas that start at the same moment, and gives it to all of them', async () => {
    const address = { kind: 'url', url: new Secret(database.url) } as const;
    const replicas = await Promise.all(
      Array.from({ length: 6 }, () => connectDataSource(address, { migrate: false, notify: () => undefined })),
    );
    let made = 0;
    const answers = await Promise.all(
      replicas.map((replica, index) =>
        new SigningKeyRepository(replica.getRepository(SigningKeyEntity)).ensureOne(() => {
          made += 1;
          return { kid: `key-${index}`, sealed: 'sealed' };
        }),
      ),
    );
    await Promise.all(replicas.map((replica) => replica.destroy()));
    expect(made).toBe(1);
    expect(new Set(answers.map((keys) => JSON.stringify(keys))).size).toBe(1);
    expect(answers[0]).toHaveLength(1);
  });

  it('makes none when there is one', async () => {
    const keys = new SigningKeyRepository(database.dataSource.getRepository(SigningKeyEntity));
    const known = await keys.list();
    const never = () => {
      throw new Error('made a second key');
    };
    expect(await keys.ensureOne(never)).toEqual(known);
    expect(known[0]).toMatchObject({ sealed: 'sealed', createdAt: expect.any(Date) });
  });
});
