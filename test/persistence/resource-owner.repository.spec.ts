import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ResourceOwnerEntity } from '../../src/persistence/entities/resource-owner.entity.js';
import {
  type ResourceOwner,
  ResourceOwnerRepository,
} from '../../src/persistence/repositories/resource-owner.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0, 123);

const owner = (resource: string, client: string, overrides: Partial<ResourceOwner> = {}): ResourceOwner => ({
  resource,
  project: 'p1',
  client,
  kind: resource.split('/')[0]!,
  model: null,
  createdAtMs: NOW,
  expiresAtMs: null,
  ...overrides,
});

describe('ResourceOwnerRepository', () => {
  let database: TestDatabase;
  let owners: ResourceOwnerRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    owners = new ResourceOwnerRepository(database.dataSource.getRepository(ResourceOwnerEntity));
  });
  beforeEach(() => database.dataSource.getRepository(ResourceOwnerEntity).clear());
  afterAll(() => database.drop());

  it('finds what was recorded, in every project, to the millisecond', async () => {
    const first = owner('files/a', 'alice', { project: 'p2', expiresAtMs: NOW + 1 });
    const second = owner('files/a', 'bob', { model: 'gemini-2.5-pro' });
    await owners.record([first, second, owner('files/b', 'alice')]);
    expect(await owners.find('files/a', NOW)).toEqual([second, first]);
    expect(await owners.find("files/a' OR 1=1", NOW)).toEqual([]);
  });

  it('does not find what has expired', async () => {
    await owners.record([owner('files/a', 'alice', { expiresAtMs: NOW })]);
    expect(await owners.find('files/a', NOW - 1)).toHaveLength(1);
    expect(await owners.find('files/a', NOW)).toEqual([]);
  });

  it('never gives a resource to a second client', async () => {
    await owners.record([owner('files/a', 'alice')]);
    await owners.record([owner('files/a', 'mallory', { expiresAtMs: NOW + 9 })]);
    expect(await owners.find('files/a', NOW)).toEqual([owner('files/a', 'alice')]);
  });

  it('gives a resource to one of the clients that record it at once, and to it alone', async () => {
    const rivals = Array.from({ length: 10 }, (_, index) => `client-${index}`);
    await Promise.all(rivals.map((client) => owners.record([owner('files/a', client), owner('files/b', client)])));
    const found = [...(await owners.find('files/a', NOW)), ...(await owners.find('files/b', NOW))];
    expect(found).toHaveLength(2);
    expect(await owners.clients(10)).toEqual([...new Set(found.map(({ client }) => client))].sort());
  });

  it('gives a resource whose owner had expired to the client that creates it anew', async () => {
    await owners.record([owner('files/a', 'alice', { expiresAtMs: NOW })]);
    await owners.record([owner('files/a', 'early', { createdAtMs: NOW - 1 })]);
    await owners.record([owner('files/a', 'bob', { createdAtMs: NOW })]);
    expect(await owners.find('files/a', NOW)).toEqual([owner('files/a', 'bob')]);
  });

  it("takes the owner's own later word", async () => {
    await owners.record([owner('cachedContents/c', 'alice', { expiresAtMs: NOW + 1 })]);
    const longer = owner('cachedContents/c', 'alice', { expiresAtMs: NOW + 5_000 });
    await owners.record([longer]);
    expect(await owners.find('cachedContents/c', NOW)).toEqual([longer]);
  });

  it('treats rows of one batch as if they came one after the other', async () => {
    const last = owner('files/a', 'alice', { expiresAtMs: NOW + 2 });
    await owners.record([owner('files/a', 'alice', { expiresAtMs: NOW + 1 }), owner('files/a', 'mallory'), last]);
    expect(await owners.find('files/a', NOW)).toEqual([last]);
    await owners.record([]);
  });

  it('is not locked out by batches in another order', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `files/${index}`);
    const forwards = names.map((name) => owner(name, 'alice'));
    await Promise.all([forwards, [...forwards].reverse(), forwards].map((batch) => owners.record(batch)));
    expect(await owners.ownedAmong('alice', 'p1', names)).toHaveLength(200);
  });

  it('forgets one resource in one project', async () => {
    await owners.record([owner('files/a', 'alice'), owner('files/a', 'alice', { project: 'p2' })]);
    await owners.forget('files/a', 'p1');
    await owners.forget('files/a', 'p1');
    expect(await owners.find('files/a', NOW)).toMatchObject([{ project: 'p2' }]);
  });

  it('names each project of a client and kind once, sorted', async () => {
    await owners.record([
      owner('files/a', 'alice', { project: 'p2' }),
      owner('files/b', 'alice'),
      owner('files/c', 'alice'),
      owner('batches/d', 'alice', { project: 'p3' }),
      owner('files/e', 'bob', { project: 'p4' }),
    ]);
    expect(await owners.projectsOf('alice', 'files')).toEqual(['p1', 'p2']);
    expect(await owners.projectsOf('carol', 'files')).toEqual([]);
  });

  it('tells which of some resources a client owns in a project', async () => {
    await owners.record([
      owner('files/b', 'alice'),
      owner('files/a', 'alice'),
      owner('files/c', 'bob'),
      owner('files/d', 'alice', { project: 'p2' }),
    ]);
    const names = ['files/a', 'files/b', 'files/c', 'files/d', 'files/e'];
    expect(await owners.ownedAmong('alice', 'p1', names)).toEqual(['files/a', 'files/b']);
    expect(await owners.ownedAmong('alice', 'p1', [])).toEqual([]);
  });

  it('names no more clients than asked for', async () => {
    await owners.record([owner('files/a', 'carol'), owner('files/b', 'alice'), owner('files/c', 'alice')]);
    expect(await owners.clients(5)).toEqual(['alice', 'carol']);
    expect(await owners.clients(1)).toEqual(['alice']);
  });

  it('removes what has expired, the oldest first, no more than asked for, and nothing else', async () => {
    await owners.record([
      owner('files/newer', 'alice', { expiresAtMs: NOW }),
      owner('files/older', 'alice', { expiresAtMs: NOW - 1 }),
      owner('files/later', 'alice', { expiresAtMs: NOW + 1 }),
      owner('files/never', 'alice'),
    ]);
    expect(await owners.removeExpired(NOW, 1)).toBe(1);
    expect(await owners.find('files/older', 0)).toEqual([]);
    expect(await owners.removeExpired(NOW, 10)).toBe(1);
    expect(await owners.removeExpired(NOW, 10)).toBe(0);
    const names = ['files/newer', 'files/later', 'files/never'];
    expect(await owners.ownedAmong('alice', 'p1', names)).toEqual(['files/later', 'files/never']);
  });
});
