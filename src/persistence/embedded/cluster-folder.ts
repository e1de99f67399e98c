import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { errorCode } from '../../kernel/error-code.js';
import { unless } from './file-errors.js';
import type { Notify } from './notify.js';
import { canEnter, giveTo, isRoot, NOBODY, type RunAs } from './run-as.js';

/** Others may pass through, nobody may look inside: the cluster in it is its user's alone. */
const PASS_THROUGH = 0o711;
const PRIVATE = 0o700;

/** Where the cluster lives, and who runs it. */
export interface ClusterFolder {
  /** Holds `cluster` and, when needed, a copy of the programs. */
  readonly folder: string;
  readonly cluster: string;
  /** Undefined: this process's own user. */
  readonly user: RunAs | undefined;
}

/** Finds the cluster of a home folder as it was left; it need not exist yet. */
export async function locateCluster(home: string): Promise<ClusterFolder> {
  await mkdir(home, { recursive: true });
  await chmod(home, isRoot() ? PASS_THROUGH : PRIVATE);
  const moved = await unless('ENOENT', readFile(locationFile(home), 'utf8'));
  const folder = moved?.trim() ?? home;
  const cluster = join(folder, 'cluster');
  const user = await ownerOf(cluster);
  // A restored copy may be open to others, which PostgreSQL refuses.
  await unless('ENOENT', chmod(cluster, PRIVATE));
  return { folder, cluster, user };
}

/**
 * Sees to it that the unprivileged user can enter the folder: it moves to `reachableRoot` when a folder above it is
 * root's alone. Says so through `notify`, and in `location` in the home folder.
 */
export async function makeReachable(
  home: string,
  place: ClusterFolder,
  reachableRoot: string,
  notify: Notify,
): Promise<ClusterFolder> {
  if (!place.user || (await canEnter(place.folder, place.user))) return place;
  try {
    const folder = join(reachableRoot, randomBytes(6).toString('hex'));
    await mkdir(folder, { recursive: true });
    for (const path of [reachableRoot, folder]) await chmod(path, PASS_THROUGH);
    if (!(await canEnter(folder, place.user))) throw new Error(`${folder} cannot be entered either`);
    await move(place.cluster, join(folder, 'cluster'));
    await writeFile(locationFile(home), `${folder}\n`, { mode: 0o600 });
    notify(
      'warn',
      `The embedded database lives in ${folder}: as root it runs as user ${place.user.uid}, who cannot enter ${home}.`,
    );
    return { ...place, folder, cluster: join(folder, 'cluster') };
  } catch (cause) {
    throw unreachable(home, place.user, cause);
  }
}

function locationFile(home: string): string {
  return join(home, 'location');
}

/** A cluster stays with the user that made it. */
async function ownerOf(cluster: string): Promise<RunAs | undefined> {
  const info = await unless('ENOENT', statOf(cluster));
  if (isRoot()) {
    if (info && info.uid !== 0) return { uid: info.uid, gid: info.gid };
    // A backup that root copied back belongs to root, as whom PostgreSQL does not run.
    if (info) await giveTo(NOBODY, cluster);
    return NOBODY;
  }
  if (info && info.uid !== process.getuid?.()) throw foreign(cluster, info.uid);
  return undefined;
}

async function statOf(cluster: string): Promise<{ uid: number; gid: number }> {
  try {
    return await stat(cluster);
  } catch (error) {
    if (errorCode(error) === 'EACCES') throw foreign(cluster, undefined);
    throw error;
  }
}

async function move(from: string, to: string): Promise<void> {
  if (!(await unless('ENOENT', stat(from)))) return;
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    const { uid, gid } = await stat(from);
    await cp(from, `${to}.new`, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    await giveTo({ uid, gid }, `${to}.new`);
    await chmod(`${to}.new`, PRIVATE);
    await rename(`${to}.new`, to);
    await rm(from, { recursive: true });
  }
}

function foreign(cluster: string, uid: number | undefined): EmbeddedPostgresError {
  const owner = uid === undefined ? 'another user' : `user ${uid}`;
  return new EmbeddedPostgresError(
    'unreachable',
    `The embedded database in ${cluster} belongs to ${owner}. Start the proxy as the same user as before, or give the folder to this one (chown -R).`,
  );
}

function unreachable(home: string, user: RunAs, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'unreachable',
    `As root the embedded database runs as user ${user.uid}, who cannot enter ${home}, and no other place could be had. ` +
      'Start the proxy as an ordinary user, or let others pass through the folders above it (chmod o+x).',
    { cause },
  );
}
