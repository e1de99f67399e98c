import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { OwnerRegistry } from '../../src/balancer/affinity/owner-registry.js';
import { ResourceOwnerEntity } from '../../src/persistence/entities/resource-owner.entity.js';
import {
  type ResourceOwner,
  ResourceOwnerRepository,
} from '../../src/persistence/repositories/resource-owner.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';

/** Counts what reaches the database. */
class CountingRows extends ResourceOwnerRepository {
  reads = 0;

  override find(resource: string, nowMs: number): Promise<ResourceOwner[]> {
    this.reads += 1;
    return super.find(resource, nowMs);
  }
}

describe('OwnerRegistry', () => {
  let database: TestDatabase;
  let rows: CountingRows;
  let clock: ManualClock;
  let registry: OwnerRegistry;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(async () => {
    await database.dataSource.getRepository(ResourceOwnerEntity).clear();
    rows = new CountingRows(database.dataSource.getRepository(ResourceOwnerEntity));
    clock = new ManualClock();
    registry = new OwnerRegistry(rows, clock);
    registry.onModuleInit();
  });
  afterEach(() => {
    registry.onModuleDestroy();
  });
  afterAll(() => database.drop());

  const owner = (resource: string, client: string, more: Partial<ResourceOwner> = {}): ResourceOwner => ({
    resource,
    project: 'p1',
    client,
    kind: 'files',
    model: null,
    createdAtMs: clock.now(),
    expiresAtMs: null,
    ...more,
  });
  const clientsOf = async (resource: string, asker: string): Promise<string[]> =>
    (await registry.find(resource, asker)).map(({ client }) => client);

  /** Runs while the database answers nothing about owners. */
  const whileStuck = async (run: () => Promise<void>): Promise<void> => {
    const other: QueryRunner = database.dataSource.createQueryRunner();
    await other.startTransaction();
    await other.query('LOCK TABLE resource_owner IN ACCESS EXCLUSIVE MODE');
    try {
      await run();
    } finally {
      await other.rollbackTransaction();
      await other.release();
    }
  };
  const unavailable = { code: 'ownership_unavailable', retryAfterMs: 1000 };

  /** What comes of a call that the database lets wait for `ms`. */
  const after = async (ms: number, pending: Promise<unknown>): Promise<unknown> => {
    const outcome = pending.catch((error: unknown) => error);
    clock.advance(ms);
    return outcome;
  };

  it('knows what it recorded without asking the database, which has it too', async () => {
    await registry.record([owner('files/a', 'alice')]);
    expect(await clientsOf('files/a', 'alice')).toEqual(['alice']);
    expect(rows.reads).toBe(0);
    expect(await rows.find('files/a', clock.now())).toHaveLength(1);
  });

  it('tells everybody who the owners are', async () => {
    await registry.record([owner('files/a', 'alice'), owner('files/a', 'bob', { project: 'p2' })]);
    expect(await clientsOf('files/a', 'carol')).toEqual(['alice', 'bob']);
  });

  it('reads what other replicas recorded, once for all who ask at the same time', async () => {
    await rows.record([owner('files/a', 'alice')]);
    const found = await Promise.all(['alice', 'bob', 'alice'].map((asker) => clientsOf('files/a', asker)));
    expect(found).toEqual([['alice'], ['alice'], ['alice']]);
    expect(rows.reads).toBe(1);
  });

  it("believes that a thing is nobody's, or another's, for two seconds only", async () => {
    expect(await clientsOf('files/a', 'alice')).toEqual([]);
    await rows.record([owner('files/a', 'bob', { project: 'p2' })]);
    clock.advance(1_999);
    expect(await clientsOf('files/a', 'alice')).toEqual([]);
    clock.advance(1);
    expect(await clientsOf('files/a', 'alice')).toEqual(['bob']);
    await rows.record([owner('files/a', 'alice')]);
    clock.advance(2_000);
    expect(await clientsOf('files/a', 'alice')).toEqual(['alice', 'bob']);
  });

  it("never hides a client's own thing behind another's of the same name", async () => {
    await rows.record([owner('files/a', 'alice')]);
    await registry.record([owner('files/a', 'bob', { project: 'p2' })]);
    expect(await clientsOf('files/a', 'alice')).toEqual(['alice', 'bob']);
  });

  it('learns within a minute what other replicas forgot', async () => {
    await registry.record([owner('files/a', 'alice')]);
    await rows.forget('files/a', 'p1');
    clock.advance(60_000);
    expect(await clientsOf('files/a', 'alice')).toEqual([]);
  });

  it('answers a miss with a retryable fault when the database does not answer in time, and serves what it knows', async () => {
    await registry.record([owner('files/a', 'alice')]);
    await whileStuck(async () => {
      expect(await after(250, registry.find('files/b', 'alice'))).toMatchObject(unavailable);
      expect(await clientsOf('files/a', 'alice')).toEqual(['alice']);
      clock.advance(60_000);
      expect(await after(250, clientsOf('files/a', 'alice'))).toEqual(['alice']);
      expect(await after(250, registry.find('files/a', 'bob'))).toMatchObject(unavailable);
    });
  });

  it('asks a database that does not answer no more than 256 times at once', async () => {
    await whileStuck(async () => {
      const asked = Array.from({ length: 300 }, (_, index) => registry.find(`files/${index}`, 'alice'));
      const outcomes = await after(250, Promise.allSettled(asked));
      expect(rows.reads).toBe(256);
      expect((outcomes as PromiseSettledResult<unknown>[]).every(({ status }) => status === 'rejected')).toBe(true);
    });
  });

  it('does not record what the database did not take', async () => {
    await whileStuck(async () => {
      expect(await after(5_000, registry.record([owner('files/a', 'alice')]))).toMatchObject(unavailable);
      expect(await after(250, registry.find('files/a', 'alice'))).toMatchObject(unavailable);
    });
  });

  it('never takes back what was recorded while an older state was read', async () => {
    let read: Promise<unknown> = Promise.resolve();
    await whileStuck(() => {
      read = registry.find('files/a', 'alice');
      return Promise.resolve();
    });
    await registry.record([owner('files/a', 'alice')]);
    await read;
    expect(await clientsOf('files/a', 'alice')).toEqual(['alice']);
  });

  it('lets a new thing take the place of one of the same name that is gone', async () => {
    await registry.record([owner('files/a', 'alice')]);
    await registry.record([owner('files/a', 'bob')]);
    expect(await clientsOf('files/a', 'bob')).toEqual(['alice']);
    await registry.replace([owner('files/a', 'bob')]);
    expect(await clientsOf('files/a', 'alice')).toEqual(['bob']);
  });

  it('forgets what was deleted, in that project only', async () => {
    await registry.record([owner('files/a', 'alice'), owner('files/a', 'alice', { project: 'p2' })]);
    await registry.forget('files/a', 'p1');
    expect((await registry.find('files/a', 'alice')).map(({ project }) => project)).toEqual(['p2']);
  });

  it('does not find what has expired, also from memory', async () => {
    await registry.record([owner('files/a', 'alice', { expiresAtMs: clock.now() + 1_000 })]);
    clock.advance(1_000);
    expect(await clientsOf('files/a', 'alice')).toEqual([]);
  });

  it('removes expired rows by and by', async () => {
    await registry.record([owner('files/a', 'alice', { expiresAtMs: clock.now() + 1_000 }), owner('files/b', 'alice')]);
    clock.advance(600_000);
    const table = database.dataSource.getRepository(ResourceOwnerEntity);
    while ((await table.count()) > 1) await new Promise(setImmediate);
    expect((await table.find()).map(({ resource }) => resource)).toEqual(['files/b']);
  });

  it('knows where a client owns things of a kind, and which of them', async () => {
    await registry.record([
      owner('files/a', 'alice'),
      owner('files/b', 'bob'),
      owner('files/c', 'alice', { project: 'p2' }),
    ]);
    expect(await registry.projectsOf('alice', 'files')).toEqual(['p1', 'p2']);
    expect(await registry.ownedAmong('alice', 'p1', ['files/a', 'files/b', 'files/c'])).toEqual(new Set(['files/a']));
  });
});
