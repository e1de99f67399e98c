import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EphemeralTokenEntity } from '../../src/persistence/entities/ephemeral-token.entity.js';
import {
  type EphemeralToken,
  EphemeralTokenRepository,
} from '../../src/persistence/repositories/ephemeral-token.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0, 123);

const token = (id: string, overrides: Partial<EphemeralToken> = {}) => ({
  id,
  hash: `hash-${id}`,
  client: 'alice',
  credentialId: null,
  project: 'p1',
  keyId: 'k1',
  sealed: `sealed-${id}`,
  uses: 1,
  createdAtMs: NOW,
  newSessionExpiresAtMs: NOW + 60_000,
  expiresAtMs: NOW + 1_800_000,
  ...overrides,
});

describe('EphemeralTokenRepository', () => {
  let database: TestDatabase;
  let tokens: EphemeralTokenRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    tokens = new EphemeralTokenRepository(database.dataSource.getRepository(EphemeralTokenEntity));
  });
  beforeEach(() => database.dataSource.getRepository(EphemeralTokenEntity).clear());
  afterAll(() => database.drop());

  const idsOf = async (client: string, nowMs = NOW) => (await tokens.list(client, nowMs)).map(({ id }) => id);

  it('finds what was added by its hash, to the millisecond, unused', async () => {
    const added = token('a', { credentialId: 'c1', uses: null });
    await tokens.add(added);
    expect(await tokens.byHash('hash-a')).toEqual({ ...added, used: 0, revokedAtMs: null });
    expect(await tokens.byHash('a')).toBeUndefined();
  });

  it('begins as many sessions as it may, and not one more', async () => {
    await tokens.add(token('a', { uses: 2 }));
    expect([await tokens.use('hash-a', NOW), await tokens.use('hash-a', NOW)]).toEqual([true, true]);
    expect(await tokens.use('hash-a', NOW)).toBe(false);
    expect(await tokens.byHash('hash-a')).toMatchObject({ used: 2 });
  });

  it('gives the last use to one of those who ask at once', async () => {
    await tokens.add(token('a', { uses: 3 }));
    await tokens.use('hash-a', NOW);
    await tokens.use('hash-a', NOW);
    const answers = await Promise.all(Array.from({ length: 8 }, () => tokens.use('hash-a', NOW)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await tokens.byHash('hash-a')).toMatchObject({ used: 3 });
  });

  it('begins any number of sessions without a limit', async () => {
    await tokens.add(token('a', { uses: null }));
    for (let use = 0; use < 5; use += 1) expect(await tokens.use('hash-a', NOW)).toBe(true);
    expect(await tokens.byHash('hash-a')).toMatchObject({ used: 5 });
  });

  it.each([
    ['one that has expired', { newSessionExpiresAtMs: NOW + 1, expiresAtMs: NOW }, false],
    ['one that may begin no new session', { newSessionExpiresAtMs: NOW }, false],
    ['one that may for another millisecond', { newSessionExpiresAtMs: NOW + 1, expiresAtMs: NOW + 1 }, true],
  ])('begins a session with %s: %p → %p', async (_what, overrides, allowed) => {
    await tokens.add(token('a', overrides));
    expect(await tokens.use('hash-a', NOW)).toBe(allowed);
    expect(await tokens.byHash('hash-a')).toMatchObject({ used: allowed ? 1 : 0 });
  });

  it('begins no session for a token that nobody minted', async () => {
    expect(await tokens.use('hash-a', NOW)).toBe(false);
  });

  it('revokes once, and begins no session after that', async () => {
    await tokens.add(token('a'));
    const answers = await Promise.all([tokens.revoke('a', 'alice'), tokens.revoke('a', undefined)]);
    expect(answers.sort()).toEqual([false, true]);
    expect(await tokens.use('hash-a', NOW)).toBe(false);
    expect(await tokens.byHash('hash-a')).toMatchObject({ used: 0, revokedAtMs: expect.any(Number) });
  });

  it("never revokes another client's token", async () => {
    await tokens.add(token('a'));
    expect(await tokens.revoke('a', 'mallory')).toBe(false);
    expect(await tokens.revoke('unknown', undefined)).toBe(false);
    expect(await tokens.use('hash-a', NOW)).toBe(true);
  });

  it('revokes all of a client, and of nobody else', async () => {
    for (const row of [token('a'), token('b'), token('c', { client: 'bob' })]) await tokens.add(row);
    await tokens.revoke('b', 'alice');
    expect(await tokens.revokeOfClient('alice')).toBe(1);
    expect(await idsOf('alice')).toEqual([]);
    expect(await idsOf('bob')).toEqual(['c']);
  });

  it("lists and counts a client's live tokens, the newest first, used up or not", async () => {
    for (const row of [
      token('old', { createdAtMs: NOW - 5 }),
      token('new'),
      token('over', { expiresAtMs: NOW }),
      token('revoked'),
      token('other', { client: 'bob' }),
    ]) {
      await tokens.add(row);
    }
    await tokens.revoke('revoked', 'alice');
    await tokens.use('hash-old', NOW);
    expect(await idsOf('alice')).toEqual(['new', 'old']);
    expect(await tokens.countLive('alice', NOW)).toBe(2);
    expect(await tokens.countLive('alice', NOW - 1)).toBe(3);
  });

  it('removes what has expired, the oldest first, no more than asked for, and nothing else', async () => {
    for (const row of [
      token('newer', { expiresAtMs: NOW }),
      token('older', { expiresAtMs: NOW - 1 }),
      token('live', { expiresAtMs: NOW + 1 }),
    ]) {
      await tokens.add(row);
    }
    expect(await tokens.removeExpired(NOW, 1)).toBe(1);
    expect(await tokens.byHash('hash-older')).toBeUndefined();
    expect(await tokens.removeExpired(NOW, 10)).toBe(1);
    expect(await tokens.removeExpired(NOW, 10)).toBe(0);
    expect(await tokens.byHash('hash-live')).toBeDefined();
  });

  it.each([
    ['two tokens of one hash', token('b', { hash: 'hash-a' }), '23505'],
    ['two tokens of one id', token('a', { hash: 'hash-b' }), '23505'],
    ['a token without a use', token('c', { uses: 0 }), '23514'],
  ])('refuses %s', async (_what, row, code) => {
    await tokens.add(token('a'));
    await expect(tokens.add(row)).rejects.toMatchObject({ code });
  });
});
