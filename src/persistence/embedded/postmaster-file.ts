import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { unless } from './file-errors.js';
import type { Notify } from './notify.js';
import { identifyProcess } from './process-identity.js';
import { waitUntil } from './wait-until.js';

const FAST_STOP_MS = 20_000;
const IMMEDIATE_STOP_MS = 10_000;

/** What PostgreSQL writes to `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  /** It accepts connections. */
  readonly ready: boolean;
}

/** The file in a cluster; undefined when no postmaster has it open, nor died without removing it. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await unless('ENOENT', readFile(pidFile(cluster), 'utf8'));
  const lines = text?.split('\n');
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

/**
 * Ends a postmaster whose owner is gone, and makes a file that names somebody else's pid harmless. Call it only with
 * the claim on the data folder.
 */
export async function clearOrphan(cluster: string, clock: Clock, notify: Notify): Promise<void> {
  const file = await readPostmasterFile(cluster);
  if (!file) return;
  if (await isPostmasterOf(file.pid, cluster)) {
    notify('warn', `The database server ${file.pid} of ${cluster} outlived the process that started it; stopping it.`);
    await stopOrphan(file.pid, cluster, clock);
  }
  await nameOurselves(cluster);
}

/** Whether that pid is a PostgreSQL server on that cluster, by the arguments that `postmasterArgs` gave it. */
async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
  const identity = await identifyProcess(pid);
  return identity?.commandLine.includes(`/postgres -D ${cluster} -k `) ?? false;
}

async function stopOrphan(pid: number, cluster: string, clock: Clock): Promise<void> {
  const steps = [
    { signal: 'SIGINT', waitMs: FAST_STOP_MS },
    { signal: 'SIGQUIT', waitMs: IMMEDIATE_STOP_MS },
  ] as const;
  for (const { signal, waitMs } of steps) {
    process.kill(pid, signal);
    if (await waitUntil(clock, waitMs, async () => !(await isPostmasterOf(pid, cluster)))) return;
  }
  throw new EmbeddedPostgresError(
    'in_use',
    `The database server ${pid} of ${cluster} outlived its owner and does not stop. End it (kill -QUIT ${pid}), then start again.`,
  );
}

/**
 * PostgreSQL refuses to start while the named pid exists, be it a zombie or somebody else's by now; it ignores its own
 * parent's. The file itself stays: it holds the key of the shared memory by which surviving back ends are noticed.
 */
async function nameOurselves(cluster: string): Promise<void> {
  const text = await unless('ENOENT', readFile(pidFile(cluster), 'utf8'));
  if (text !== undefined) await writeFile(pidFile(cluster), text.replace(/^\d+/, String(process.pid)));
}

function pidFile(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}
