import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import type { DataSource, EntityManager } from 'typeorm';
import { SystemClock } from '../../src/kernel/clock.js';
import { Secret } from '../../src/kernel/secret.js';
import { lockInTransaction } from '../../src/persistence/advisory-locks.js';
import { connectDataSource } from '../../src/persistence/data-source.js';
import { waitUntil } from '../../src/persistence/embedded/wait-until.js';
import { applyMigrations, listPendingMigrations, MIGRATIONS } from '../../src/persistence/migrations.js';
import { createEmptyDatabase, createTestDatabase, dropDatabase } from '../support/database.js';

const cleaners: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleaner of cleaners.splice(0).reverse()) await cleaner();
});

const NAMES = MIGRATIONS.map((migration) => migration.name);

async function emptyDatabase(): Promise<{ url: string }> {
  const { name, url } = await createEmptyDatabase();
  cleaners.push(() => dropDatabase(name));
  return { url };
}

async function connect(url: string, migrate: boolean, told: string[] = []): Promise<DataSource> {
  const address = { kind: 'url', url: new Secret(url) } as const;
  const dataSource = await connectDataSource(address, { migrate, notify: (_level, text) => told.push(text) });
  cleaners.push(() => dataSource.destroy());
  return dataSource;
}

const tablesOf = async (dataSource: DataSource) =>
  (
    await dataSource.query<{ name: string }[]>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    )
  ).map(({ name }) => name);

const TABLES = [
  'admin_session',
  'audit_head',
  'bucket_usage',
  'config_version',
  'ephemeral_token',
  'job_intent',
  'key_age',
  'key_secret',
  'key_state',
  'resource_owner',
  'schema_migration',
  'signing_key',
  'weight_change',
  'weight_preset',
];

describe('the schema', () => {
  it('as the migrations make it is what the entities say', async () => {
    const dataSource = await connect((await emptyDatabase()).url, true);
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    expect(await tablesOf(dataSource)).toEqual(TABLES);
  });

  it('can be taken down step by step, and up again', async () => {
    const dataSource = await connect((await emptyDatabase()).url, true);
    for (const _ of MIGRATIONS) await dataSource.undoLastMigration({ transaction: 'all' });
    expect(await tablesOf(dataSource)).toEqual(['schema_migration']);
    expect(await listPendingMigrations(dataSource)).toEqual(NAMES);
    expect(await applyMigrations(dataSource)).toEqual(NAMES);
    expect(await tablesOf(dataSource)).toEqual(TABLES);
  });

  it('is applied once when several replicas start at the same moment', async () => {
    const { url } = await emptyDatabase();
    const replicas = await Promise.all(Array.from({ length: 5 }, () => connect(url, true)));
    const rows = await replicas[0]!.query<{ name: string }[]>('SELECT name FROM schema_migration ORDER BY id');
    expect(rows.map(({ name }) => name)).toEqual(NAMES);
  });

  it('waits for another replica that is still migrating', async () => {
    const { url } = await emptyDatabase();
    const busy = (await connect(url, true)).createQueryRunner();
    await busy.startTransaction();
    await lockInTransaction(busy.manager, 'migration');
    const waiting = connect(url, true);
    await untilSomeoneWaits(busy.manager);
    await busy.commitTransaction();
    await busy.release();
    expect((await waiting).isInitialized).toBe(true);
  });

  it('stays as it was when one of several changes fails', async () => {
    const { url } = await emptyDatabase();
    const told: string[] = [];
    const dataSource = await connect(url, true, told);
    for (const _ of MIGRATIONS) await dataSource.undoLastMigration();
    await dataSource.query('CREATE TABLE signing_key (mine text)');
    await expect(applyMigrations(dataSource)).rejects.toMatchObject({ code: '42P07' });
    expect(await tablesOf(dataSource)).toEqual(['schema_migration', 'signing_key']);
    expect(told).toContainEqual(expect.stringMatching(/CreateSigningKey\d+.*already exists/));
  });

  it('that lacks changes is refused, by name, when migrating is off', async () => {
    const { url } = await emptyDatabase();
    await expect(connect(url, false)).rejects.toMatchObject({
      name: 'DatabaseError',
      message: expect.stringMatching(new RegExp(`${NAMES[0]}.*gemini-proxy migrate`)),
    });
    await connect(url, true);
    await connect(url, false);
  });
});

describe('a connection', () => {
  it('is bounded by the server itself and says who it is', async () => {
    const { dataSource, drop } = await createTestDatabase();
    cleaners.push(drop);
    const settings = `SELECT current_setting('statement_timeout') AS timeout, current_setting('application_name') AS name`;
    expect(await dataSource.query(settings)).toEqual([{ timeout: '30s', name: 'gemini-proxy' }]);
  });

  it.each([
    ['postgres:///NAME?host=FOLDER&user=postgres'],
    ['postgres://postgres@/NAME?host=FOLDER'],
    ['postgresql://postgres@%FOLDER/NAME'],
  ])('can be made through a unix socket: %s', async (form) => {
    const { name, url } = await createEmptyDatabase();
    cleaners.push(() => dropDatabase(name));
    const folder = new URL(url).searchParams.get('host')!;
    const encoded = form.replace('%FOLDER', encodeURIComponent(folder)).replace('FOLDER', folder);
    const dataSource = await connect(encoded.replace('NAME', name), true);
    expect(await dataSource.query('SELECT current_database() AS name')).toEqual([{ name }]);
  });
});

describe('a failure to connect', () => {
  const refused = async (url: string): Promise<Error> => {
    const error: unknown = await connect(url, true).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error as Error;
  };

  it('to a port where nothing listens says what to check, and shows no password', async () => {
    const error = await refused(`postgres://me:hunter2@127.0.0.1:${await closedPort()}/db`);
    expect(error.name).toBe('DatabaseError');
    expect(error.message).toMatch(/Nothing listens there\. Check the address in DATABASE_URL/);
    expect(String(error) + JSON.stringify(error)).not.toContain('hunter2');
  });

  it('to a database that does not exist says to create it', async () => {
    const { url } = await emptyDatabase();
    expect((await refused(url.replace(/test_\w+/, 'no_such'))).message).toContain('CREATE DATABASE');
  });

  it('to a server that accepts and says nothing ends after the connect timeout', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    cleaners.push(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const error = await refused(`postgres://me:hunter2@127.0.0.1:${portOf(server)}/db`);
    expect(error.message).toMatch(/timeout.*Check the address in DATABASE_URL/i);
  }, 15_000);
});

async function untilSomeoneWaits(manager: EntityManager): Promise<void> {
  const count = "SELECT count(*)::int AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
  const isWaiting = async () => (await manager.query<{ waiting: number }[]>(count))[0]!.waiting > 0;
  expect(await waitUntil(new SystemClock(), 5_000, isWaiting)).toBe(true);
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
