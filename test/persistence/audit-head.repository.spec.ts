import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditHeadEntity } from '../../src/persistence/entities/audit-head.entity.js';
import { AuditHeadRepository } from '../../src/persistence/repositories/audit-head.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const head = (replica: string, seq: number) => ({ replica, file: 'audit.log', seq, mac: `mac-${seq}`, kid: 'k1' });

describe('AuditHeadRepository', () => {
  let database: TestDatabase;
  let heads: AuditHeadRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    heads = new AuditHeadRepository(database.dataSource.getRepository(AuditHeadEntity));
  });
  afterAll(() => database.drop());

  it('keeps the last head of each replica, and when it was saved', async () => {
    await heads.save(head('a', 1));
    const first = await heads.find('a');
    await heads.save(head('b', 7));
    await heads.save(head('a', 2));
    const second = await heads.find('a');
    expect(second).toEqual({ ...head('a', 2), updatedAt: second!.updatedAt });
    expect(second!.updatedAt.getTime()).toBeGreaterThanOrEqual(first!.updatedAt.getTime());
    expect(await heads.find('b')).toMatchObject(head('b', 7));
    expect(await heads.find('c')).toBeUndefined();
  });

  it('moves the time on with every save, also of the same line', async () => {
    await database.dataSource.query(`UPDATE audit_head SET updated_at = '2020-01-01' WHERE replica = 'a'`);
    await heads.save(head('a', 2));
    expect((await heads.find('a'))!.updatedAt.getUTCFullYear()).toBeGreaterThan(2020);
  });

  it('counts beyond 32 bits', async () => {
    await heads.save(head('a', 2 ** 40 + 1));
    expect((await heads.find('a'))?.seq).toBe(2 ** 40 + 1);
  });

  it('refuses a negative count', async () => {
    await expect(heads.save(head('a', -1))).rejects.toMatchObject({ code: '23514' });
  });
});
