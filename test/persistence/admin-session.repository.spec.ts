import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AdminSessionEntity } from '../../src/persistence/entities/admin-session.entity.js';
import { AdminSessionRepository } from '../../src/persistence/repositories/admin-session.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 23, 12, minutes, 0, 123));
const session = (id: string, from: number, to: number) => ({
  id,
  username: 'admin',
  role: 'admin' as const,
  createdAt: at(from),
  expiresAt: at(to),
  sourceIp: 'fe80::1%eth0',
});

describe('AdminSessionRepository', () => {
  let database: TestDatabase;
  let sessions: AdminSessionRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    sessions = new AdminSessionRepository(database.dataSource.getRepository(AdminSessionEntity));
  });
  beforeEach(() => database.dataSource.getRepository(AdminSessionEntity).clear());
  afterAll(() => database.drop());

  it('finds what was created, to the millisecond, as seen at its creation', async () => {
    await sessions.create(session('a', 0, 60));
    expect(await sessions.find('a')).toEqual({ ...session('a', 0, 60), lastSeenAt: at(0), revokedAt: null });
    expect(await sessions.find("b' OR 1=1")).toBeUndefined();
  });

  it('never moves the time of the last use back', async () => {
    await sessions.create(session('a', 0, 60));
    await sessions.touch('a', at(9));
    await sessions.touch('a', at(5));
    expect((await sessions.find('a'))?.lastSeenAt).toEqual(at(9));
  });

  it('revokes once, and keeps the time of the first', async () => {
    await sessions.create(session('a', 0, 60));
    const answers = await Promise.all([sessions.revoke('a', at(3)), sessions.revoke('a', at(3))]);
    expect(answers.sort()).toEqual([false, true]);
    expect(await sessions.revoke('a', at(8))).toBe(false);
    expect((await sessions.find('a'))?.revokedAt).toEqual(at(3));
    expect(await sessions.revoke('unknown', at(8))).toBe(false);
  });

  it('lists the active ones, the newest first', async () => {
    for (const row of [session('old', 0, 60), session('new', 5, 60), session('over', 0, 10), session('gone', 0, 60)]) {
      await sessions.create(row);
    }
    await sessions.revoke('gone', at(1));
    expect((await sessions.listActive(at(10))).map(({ id }) => id)).toEqual(['new', 'old']);
  });

  it('deletes what expired before a time, and nothing else', async () => {
    await sessions.create(session('past', 0, 10));
    await sessions.create(session('edge', 0, 20));
    expect(await sessions.deleteExpired(at(20))).toBe(1);
    expect(await sessions.find('past')).toBeUndefined();
    expect(await sessions.find('edge')).toBeDefined();
  });

  it.each([
    ['two sessions of one id', session('a', 0, 60), '23505'],
    ['a session that ends before it begins', session('b', 60, 0), '23514'],
    ['a role that does not exist', { ...session('c', 0, 60), role: 'root' as 'admin' }, '23514'],
  ])('refuses %s', async (_what, row, code) => {
    await sessions.create(session('a', 0, 60));
    await expect(sessions.create(row)).rejects.toMatchObject({ code });
  });
});
