import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { Secret } from '../../src/kernel/secret.js';
import { connectDataSource } from '../../src/persistence/data-source.js';

const TEMPLATE = 'template_migrated';
const TEMPLATE_LOCK = 42;

export interface TestDatabase {
  /** For `persistence.url`. */
  readonly url: string;
  readonly dataSource: DataSource;
  /** Closes the data source, and every other connection, and removes the database. */
  drop(): Promise<void>;
}

/** A fresh database with the whole schema, in the PostgreSQL server of this test run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = await createDatabase(await migratedTemplate());
  const url = testDatabaseUrl(name);
  const dataSource = await connectDataSource(
    { kind: 'url', url: new Secret(url) },
    { migrate: false, notify: () => undefined },
  );
  return {
    url,
    dataSource,
    drop: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await dropDatabase(name);
    },
  };
}

/** A fresh database without any table; drop it with `dropDatabase`. */
export async function createEmptyDatabase(): Promise<{ name: string; url: string }> {
  const name = await createDatabase('template0');
  return { name, url: testDatabaseUrl(name) };
}

export async function dropDatabase(name: string): Promise<void> {
  await withMaintenance((client) => client.query(`DROP DATABASE "${name}" WITH (FORCE)`));
}

function testDatabaseUrl(name: string): string {
  return `postgres:///${name}?host=${socketDir()}&user=postgres`;
}

function socketDir(): string {
  const folder = process.env['GEMINI_PROXY_TEST_SOCKET'];
  if (folder === undefined) throw new Error('There is no test database: run this under jest, whose set-up starts one.');
  return folder;
}

async function createDatabase(template: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withMaintenance((client) =>
    client.query(`CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY file_copy`),
  );
  return name;
}

let template: Promise<string> | undefined;

/** Migrated once per run, by whichever worker comes first. */
function migratedTemplate(): Promise<string> {
  template ??= withMaintenance(async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (found.rowCount === 0) await makeTemplate(client);
    return TEMPLATE;
  });
  return template;
}

async function makeTemplate(client: pg.Client): Promise<void> {
  const draft = await createDatabase('template0');
  const address = { kind: 'url', url: new Secret(testDatabaseUrl(draft)) } as const;
  const dataSource = await connectDataSource(address, { migrate: true, notify: () => undefined });
  await dataSource.destroy();
  // Only a finished one gets the name that other workers look for.
  await client.query(`ALTER DATABASE "${draft}" RENAME TO ${TEMPLATE}`);
}

async function withMaintenance<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host: socketDir(), user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
