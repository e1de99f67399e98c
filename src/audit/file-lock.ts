import { lstat, lutimes, readlink, rename, rm, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';

import { type Cancel, type Clock } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { errorCode } from '../kernel/error-code.js';
import { formatHolder, type LockHolder, parseHolder, runs, thisProcess } from './lock-holder.js';

const REFRESH_MS = 10_000;
/** A lock of another machine (or container) whose holder did not refresh it for so long is left over. */
const FOREIGN_STALE_MS = 35_000;
const TRIES = 5;

/** Another process writes this file. */
export class FileInUseError extends Error {
  override readonly name = 'FileInUseError';

  constructor(path: string, { pid, host }: LockHolder) {
    super(
      `${path} is written by process ${pid} on ${host}. Stop that process, or set audit.file to a file of its own for each process.`,
    );
  }
}

/**
 * Makes sure that one process alone writes a file, by a lock beside it that outlives no holder for long. The lock is a
 * symbolic link to nowhere that names its holder: made in one step, and on a full disk too.
 */
export class FileLock {
  private refresh: Cancel | undefined;
  private released = false;

  private constructor(
    private readonly lockPath: string,
    private readonly clock: Clock,
  ) {
    this.keepFresh();
  }

  /** Throws FileInUseError while another holder lives, and the file system's errors. */
  static async take(path: string, clock: Clock): Promise<FileLock> {
    const lockPath = `${path}.lock`;
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (await create(lockPath)) return new FileLock(lockPath, clock);
      await removeIfStale(path, lockPath);
    }
    throw new Error(`${lockPath} comes and goes: several processes are starting with the same audit.file. Start one.`);
  }

  async release(): Promise<void> {
    this.released = true;
    this.refresh?.();
    await rm(this.lockPath, { force: true });
  }

  private keepFresh(): void {
    this.refresh = this.clock.after(REFRESH_MS, () => {
      const now = new Date();
      // A lock that somebody removed is made again; what fails is tried again in the next round.
      void lutimes(this.lockPath, now, now)
        .catch(() => !this.released && create(this.lockPath))
        .catch(() => false);
      this.keepFresh();
    });
  }
}

async function create(lockPath: string): Promise<boolean> {
  try {
    await symlink(formatHolder(thisProcess()), lockPath);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** What is no link is no lock of ours, but in its place; undefined when nothing is there (any more). */
function noLink(error: unknown): string | undefined {
  return errorCode(error) === 'ENOENT' ? undefined : '';
}

async function removeIfStale(path: string, lockPath: string): Promise<void> {
  const seen = await readlink(lockPath).catch(noLink);
  if (seen === undefined) return;
  const holder = parseHolder(seen);
  if (holder && (await holds(holder, lockPath))) throw new FileInUseError(path, holder);
  const aside = `${lockPath}.${newId()}`;
  await rename(lockPath, aside).catch(() => undefined);
  const taken = await readlink(aside).catch(() => seen);
  // Between reading and renaming, another process may have taken the stale lock's place: give it back.
  if (taken !== seen) await rename(aside, lockPath);
  else await rm(aside, { force: true });
}

async function holds(holder: LockHolder, lockPath: string): Promise<boolean> {
  if (holder.host === hostname()) return runs(holder);
  const touched = await lstat(lockPath).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs < FOREIGN_STALE_MS;
}
