import { chown, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../../kernel/ids.js';
import type { ClusterFolder } from './cluster-folder.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { unless } from './file-errors.js';
import type { NativePostgres } from './native-postgres.js';
import { runAsUser } from './run-as.js';

const DRAFT_PREFIX = 'cluster.new-';
const INITDB_OPTIONS = [
  ['--username=postgres', '--auth=trust', '--encoding=UTF8'],
  // The built-in provider sorts alike on every machine, whatever its C library.
  ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
].flat();

/**
 * Makes the cluster on the first start. Throws EmbeddedPostgresError `wrong_version` when another major version of
 * PostgreSQL made it.
 */
export async function ensureCluster(
  { folder, cluster, user }: ClusterFolder,
  native: NativePostgres,
  durable: boolean,
): Promise<void> {
  const version = await unless('ENOENT', readFile(join(cluster, 'PG_VERSION'), 'utf8'));
  if (version !== undefined) {
    assertMajor(cluster, version.trim(), native.major);
    return;
  }
  await removeDrafts(folder);
  // Made aside, so that a kill in the middle never leaves half a cluster under the real name.
  const draft = join(folder, `${DRAFT_PREFIX}${newId()}`);
  await mkdir(draft, { mode: 0o700 });
  if (user) await chown(draft, user.uid, user.gid);
  const options = durable ? INITDB_OPTIONS : [...INITDB_OPTIONS, '--no-sync'];
  try {
    await runAsUser(native.initdb, ['-D', draft, ...options], user);
  } catch (cause) {
    throw notMade(folder, cause);
  }
  await rename(draft, cluster);
}

function notMade(folder: string, cause: unknown): EmbeddedPostgresError {
  const words = String((cause as { stderr?: unknown }).stderr ?? cause).trim();
  const advice = words.includes('user does not exist')
    ? ' PostgreSQL makes a database only for a user with an entry in /etc/passwd: start the proxy as one.'
    : '';
  return new EmbeddedPostgresError(
    'start_failed',
    `A new database could not be made in ${folder}: ${words}.${advice}`,
    {
      cause,
    },
  );
}

function assertMajor(cluster: string, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new EmbeddedPostgresError(
    'wrong_version',
    `The database in ${cluster} was made by PostgreSQL ${found}, and this is ${wanted}. Dump it with the release that made it ` +
      '(pg_dump over the socket folder named in run.json) and restore it into a new folder, or go back to that release.',
  );
}

async function removeDrafts(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(DRAFT_PREFIX));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 })));
}
