// One PostgreSQL for the whole run, by the launcher of the product. Tests reach it through test/support/database.ts.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './typescript-hooks.mjs';

const ENOUGH_BYTES = 4 * 1024 ** 3;

export default async function setup() {
  const { EmbeddedPostgres } = await import('../../src/persistence/embedded/embedded-postgres.ts');
  const { findRunning } = await import('../../src/persistence/embedded/run-owner.ts');
  const { SystemClock } = await import('../../src/kernel/clock.ts');
  const root = (process.env.GEMINI_PROXY_TEST_ROOT ??= fastRoot() ?? tmpdir());
  const dataDir = mkdtempSync(join(root, 'gemini-proxy-jest-'));
  // As root the server runs as another user, who has to pass through.
  chmodSync(dataDir, 0o711);
  const server = await start(EmbeddedPostgres, new SystemClock(), dataDir);
  const running = await findRunning(join(dataDir, 'postgres'));
  const watchdog = watch(running.postmasterPid, dataDir, server.socketDir);
  process.env.GEMINI_PROXY_TEST_SOCKET = server.socketDir;
  globalThis.testPostgres = { server, dataDir, watchdog };
}

/** Memory makes a database ten times sooner than a disk; it must be large enough, and programs must run from it. */
function fastRoot() {
  try {
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === '/dev/shm');
    const { bavail, bsize } = statfsSync('/dev/shm');
    return mount && !mount.includes('noexec') && bavail * bsize > ENOUGH_BYTES ? '/dev/shm' : undefined;
  } catch {
    return undefined;
  }
}

async function start(EmbeddedPostgres, clock, dataDir) {
  try {
    const notify = (level, text) => level === 'warn' && console.warn(text);
    return await EmbeddedPostgres.start({ dataDir, durability: 'none', clock, notify });
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** Ends the server and removes its files when this process dies without a teardown: its end closes the pipe. */
function watch(pid, ...folders) {
  const script = 'read _; kill -INT "$0"; while kill -0 "$0"; do sleep 0.1; done; rm -rf "$@"';
  const child = spawn('/bin/sh', ['-c', script, String(pid), ...folders], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  child.stdin.unref();
  return child;
}
