import type { DataSource } from 'typeorm';
import type { ProxyConfig } from '../config/schema.js';
import { type Clock, SystemClock } from '../kernel/clock.js';
import { connectDataSource, type DatabaseAddress } from './data-source.js';
import { EmbeddedPostgres, embeddedHome } from './embedded/embedded-postgres.js';
import type { Notify } from './embedded/notify.js';
import { findRunning } from './embedded/run-owner.js';

/** The `persistence` section, as far as it says which database to open. */
export type DatabaseOptions = Pick<ProxyConfig['persistence'], 'url' | 'data_dir' | 'migrate'>;

export interface DatabaseTools {
  readonly clock: Clock;
  readonly notify: Notify;
}

/** An open database, with its schema up to date. */
export class Database {
  constructor(
    readonly dataSource: DataSource,
    private readonly stopServer: () => Promise<void>,
  ) {}

  /** Closes every connection, then stops the server if it is ours. */
  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.stopServer();
  }
}

/**
 * Opens the server that `url` names, or else starts the embedded database in `data_dir`. Throws DatabaseError or
 * EmbeddedPostgresError, whose messages say what to do.
 */
export async function openDatabase(options: DatabaseOptions, tools: DatabaseTools): Promise<Database> {
  return options.url ? connectTo({ kind: 'url', url: options.url }, options, tools) : openEmbedded(options, tools);
}

/**
 * The database for a command of the binary: that of a running proxy when one has the data folder open, else as
 * `openDatabase` does for as long as the command runs.
 */
export async function connectForCommand(
  config: { readonly persistence: DatabaseOptions },
  tools: DatabaseTools = { clock: new SystemClock(), notify: () => undefined },
): Promise<Database> {
  const options = config.persistence;
  const running = options.url ? undefined : await findRunning(embeddedHome(options.data_dir));
  return running
    ? connectTo({ kind: 'socket', socketDir: running.socketDir }, options, tools)
    : openDatabase(options, tools);
}

async function connectTo(address: DatabaseAddress, options: DatabaseOptions, tools: DatabaseTools): Promise<Database> {
  const dataSource = await connectDataSource(address, { migrate: options.migrate, notify: tools.notify });
  return new Database(dataSource, () => Promise.resolve());
}

async function openEmbedded(options: DatabaseOptions, tools: DatabaseTools): Promise<Database> {
  const server = await EmbeddedPostgres.start({ ...tools, dataDir: options.data_dir, durability: 'full' });
  try {
    const address = { kind: 'socket', socketDir: server.socketDir } as const;
    const dataSource = await connectDataSource(address, { migrate: options.migrate, notify: tools.notify });
    return new Database(dataSource, () => server.stop());
  } catch (error) {
    await server.stop();
    throw error;
  }
}
