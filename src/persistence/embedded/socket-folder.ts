import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { canEnter, type RunAs } from './run-as.js';

const PREFIX = 'gemini-pg-';
/** What macOS allows for a socket's path; Linux allows four more. */
const SOCKET_PATH_BYTES_MAX = 103;
const SOCKET_NAME = '.s.PGSQL.5432';

/** Makes a private folder for the server's socket: the only way in, and open to one user alone. */
export async function makeSocketFolder(
  user: RunAs | undefined,
  roots: readonly string[] = [tmpdir(), '/tmp', '/var/tmp', '/run'],
): Promise<string> {
  const causes: unknown[] = [];
  for (const root of roots.filter(isShortEnough)) {
    try {
      if (user && !(await canEnter(root, user))) continue;
      const folder = await mkdtemp(join(root, PREFIX));
      if (user) await chown(folder, user.uid, user.gid);
      return folder;
    } catch (error) {
      causes.push(error);
    }
  }
  throw new EmbeddedPostgresError(
    'unreachable',
    `No folder for the embedded database's socket could be made in ${roots.join(', ')}; its path may be ${SOCKET_PATH_BYTES_MAX} bytes long. Make one of them writable, or set TMPDIR to a short path.`,
    { cause: new AggregateError(causes) },
  );
}

/** Removes a socket folder that a process left behind; ignores any path that is not one. */
export async function removeSocketFolder(folder: string): Promise<void> {
  if (basename(folder).startsWith(PREFIX)) await rm(folder, { recursive: true, force: true });
}

function isShortEnough(root: string): boolean {
  return Buffer.byteLength(join(root, `${PREFIX}XXXXXX`, SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX;
}
