import { execFile } from 'node:child_process';
import { chown, lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The unprivileged user that PostgreSQL runs as when this process is root, which PostgreSQL refuses to be. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` on Linux. */
export const NOBODY: RunAs = { uid: 65534, gid: 65534 };

/** Whether this process has to run PostgreSQL as somebody else. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Runs a program as that user to its end, in a folder everybody can enter and without this process's environment. */
export async function runAsUser(
  file: string,
  args: readonly string[],
  user: RunAs | undefined,
): Promise<{ stdout: string }> {
  return run(file, args, { ...user, ...SPAWN_PLACE });
}

/** The environment holds secrets that a database server has no business to see. */
export const SPAWN_PLACE = { cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' } } as const;

/** Whether that user may enter `folder` and every folder above it. */
export async function canEnter(folder: string, user: RunAs): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    const { mode, uid, gid } = await stat(path);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    if (((mode >> shift) & 0o1) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** Gives a whole tree to that user. */
export async function giveTo(user: RunAs, path: string): Promise<void> {
  // A link is left alone: what it points to is in the same tree or none of our business.
  const info = await lstat(path);
  if (info.isSymbolicLink()) return;
  if (info.isDirectory()) {
    for (const name of await readdir(path)) await giveTo(user, join(path, name));
  }
  await chown(path, user.uid, user.gid);
}
