import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Secret } from '../kernel/secret.js';
import { DatabaseError, toDatabaseError } from './database-error.js';
import type { Notify } from './embedded/notify.js';
import { ENTITIES } from './entities/entities.js';
import { applyMigrations, listPendingMigrations, MIGRATIONS } from './migrations.js';
import { QuietLogger } from './quiet-logger.js';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Longer than the server's own limit: it is for a server that does not answer at all. */
const QUERY_TIMEOUT_MS = 35_000;
const POOL_SIZE = 10;

/** Where a database is: a server by its URL, or the embedded one by its socket folder. */
export type DatabaseAddress =
  { readonly kind: 'url'; readonly url: Secret } | { readonly kind: 'socket'; readonly socketDir: string };

export interface ConnectOptions {
  /** Apply pending schema changes; without it, pending ones are an error. */
  readonly migrate: boolean;
  readonly notify: Notify;
}

/** Connects, and brings the schema up to date; throws DatabaseError, which says what to do. */
export async function connectDataSource(address: DatabaseAddress, options: ConnectOptions): Promise<DataSource> {
  const dataSource = new DataSource(dataSourceOptions(address, options.notify));
  try {
    await dataSource.initialize();
    await bringUpToDate(dataSource, options);
    return dataSource;
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    throw toDatabaseError(error);
  }
}

function dataSourceOptions(address: DatabaseAddress, notify: Notify): DataSourceOptions {
  return {
    type: 'postgres',
    entities: [...ENTITIES],
    migrations: [...MIGRATIONS],
    migrationsTableName: 'schema_migration',
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    logging: false,
    logger: new QuietLogger(notify),
    applicationName: 'gemini-proxy',
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: POOL_SIZE,
    poolErrorHandler: (error: unknown) => {
      notify(
        'warn',
        `An idle database connection was lost and will be opened again: ${toDatabaseError(error).message}`,
      );
    },
    extra: {
      ...connectionOf(address),
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    },
  };
}

/** The driver reads the URL itself: it knows `sslmode`, `host=/socket/folder` and the other parameters. */
function connectionOf(address: DatabaseAddress): Record<string, string> {
  if (address.kind === 'socket') return { host: address.socketDir, user: 'postgres', database: 'postgres' };
  return { connectionString: address.url.reveal() };
}

async function bringUpToDate(dataSource: DataSource, { migrate, notify }: ConnectOptions): Promise<void> {
  if (migrate) {
    const applied = await applyMigrations(dataSource);
    if (applied.length > 0) notify('info', `The database schema was brought up to date: ${applied.join(', ')}.`);
    return;
  }
  const pending = await listPendingMigrations(dataSource);
  if (pending.length === 0) return;
  throw new DatabaseError(
    `The database lacks the schema changes ${pending.join(', ')}. Run \`gemini-proxy migrate\`, or set persistence.migrate to true.`,
  );
}
