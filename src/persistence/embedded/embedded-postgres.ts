import { rmSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../kernel/clock.js';
import { ensureCluster } from './cluster.js';
import { type ClusterFolder, locateCluster, makeReachable } from './cluster-folder.js';
import { prepareNativePostgres } from './native-postgres.js';
import { toEmbeddedPostgresError } from './embedded-postgres-error.js';
import type { Notify } from './notify.js';
import { Postmaster } from './postmaster.js';
import { clearOrphan } from './postmaster-file.js';
import type { Durability } from './postmaster-settings.js';
import { PostmasterSupervisor } from './postmaster-supervisor.js';
import { RunClaim } from './run-claim.js';
import { makeSocketFolder, removeSocketFolder } from './socket-folder.js';

export interface EmbeddedPostgresOptions {
  /** `persistence.data_dir`. */
  readonly dataDir: string;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly notify: Notify;
  /** Where the cluster goes when it runs as another user who cannot enter `dataDir`. */
  readonly reachableRoot?: string;
}

/** The embedded database's own folder in a data folder. */
export function embeddedHome(dataDir: string): string {
  return resolve(dataDir, 'postgres');
}

/**
 * A real PostgreSQL server of this process alone: made on the first start, reachable through a socket in a private
 * folder, restarted when it crashes. Its rows survive a kill of this process and of the machine.
 */
export class EmbeddedPostgres {
  private readonly onExit = (): void => {
    this.supervisor.interrupt();
    rmSync(this.socketDir, { recursive: true, force: true });
  };

  private constructor(
    /** The `host` to connect to, as user `postgres` without a password. */
    readonly socketDir: string,
    private readonly supervisor: PostmasterSupervisor,
    private readonly claim: RunClaim,
  ) {
    // Whoever calls process.exit without stopping us first must not leave a server behind.
    process.once('exit', this.onExit);
  }

  /** Starts the database of a data folder; throws EmbeddedPostgresError, which says what to do. */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const home = embeddedHome(options.dataDir);
    let claim: RunClaim | undefined;
    try {
      await mkdir(home, { recursive: true });
      claim = await RunClaim.acquire(home, options.clock);
      return await EmbeddedPostgres.startClaimed(await realpath(home), claim, options);
    } catch (error) {
      await claim?.release();
      throw toEmbeddedPostgresError(home, error);
    }
  }

  /** Ends all sessions, waits until everything is written, and gives the data folder up. */
  async stop(): Promise<void> {
    process.removeListener('exit', this.onExit);
    await this.supervisor.stop();
    await removeSocketFolder(this.socketDir);
    await this.claim.release();
  }

  private static async startClaimed(
    home: string,
    claim: RunClaim,
    options: EmbeddedPostgresOptions,
  ): Promise<EmbeddedPostgres> {
    const { clock, durability, notify } = options;
    const { place, postgres } = await prepare(home, options);
    if (claim.predecessor?.phase === 'running') await removeSocketFolder(claim.predecessor.socketDir);
    const socketDir = await makeSocketFolder(place.user);
    const launch = async (): Promise<Postmaster> => {
      await clearOrphan(place.cluster, clock, notify);
      const postmaster = await Postmaster.launch({ ...place, postgres, socketDir, durability, clock, notify });
      return publish(claim, postmaster, socketDir);
    };
    const supervisor = new PostmasterSupervisor(launch, clock, notify);
    try {
      await supervisor.start();
    } catch (error) {
      await removeSocketFolder(socketDir);
      throw error;
    }
    return new EmbeddedPostgres(socketDir, supervisor, claim);
  }
}

/** A server that nobody can find again must not stay. */
async function publish(claim: RunClaim, postmaster: Postmaster, socketDir: string): Promise<Postmaster> {
  try {
    await claim.publish(postmaster.pid, socketDir);
    return postmaster;
  } catch (error) {
    await postmaster.stop();
    throw error;
  }
}

async function prepare(
  home: string,
  { clock, durability, notify, reachableRoot }: EmbeddedPostgresOptions,
): Promise<{ place: ClusterFolder; postgres: string }> {
  const found = await locateCluster(home);
  await clearOrphan(found.cluster, clock, notify);
  const place = await makeReachable(home, found, reachableRoot ?? join('/var/lib', 'gemini-proxy'), notify);
  const native = await prepareNativePostgres({ copyInto: place.folder, user: place.user, notify });
  await ensureCluster(place, native, durability === 'full');
  return { place, postgres: native.postgres };
}
