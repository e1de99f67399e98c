import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../../src/kernel/clock.js';
import { connectDataSource } from '../../../src/persistence/data-source.js';
import { openDatabase } from '../../../src/persistence/database.js';
import { identifyProcess } from '../../../src/persistence/embedded/process-identity.js';
import { waitUntil } from '../../../src/persistence/embedded/wait-until.js';
import { OwnerProcess } from '../fixtures/owner-process.js';
import { query, Scratch } from '../fixtures/scratch.js';

interface Running {
  readonly postmasterPid: number;
  readonly socketDir: string;
}

const running = (dataDir: string) => JSON.parse(readFileSync(join(dataDir, 'postgres/run.json'), 'utf8')) as Running;
const clock = new SystemClock();
const soon = async (condition: () => boolean | Promise<boolean>) => {
  expect(await waitUntil(clock, 10_000, condition)).toBe(true);
};

const scratch = new Scratch();
afterEach(() => scratch.clean());
afterAll(() => scratch.end());

describe('after kill -9 of the owner', () => {
  it('the next start stops the orphan, and every acknowledged row is there', async () => {
    const dataDir = await scratch.initialised();
    for (let kill = 0; kill < 3; kill += 1) {
      const owner = OwnerProcess.spawn(dataDir, 'append');
      const enough = (kill + 1) * 40;
      await owner.until((line) => (line.version ?? 0) >= enough);
      await owner.end('SIGKILL');
      const orphan = running(dataDir);
      expect(await identifyProcess(orphan.postmasterPid)).toBeDefined();

      const acknowledged = Math.max(...owner.lines.map((line) => line.version ?? 0));
      const told: string[] = [];
      const database = await openDatabase(
        { url: undefined, data_dir: dataDir, migrate: true },
        { clock, notify: (_level, text) => told.push(text) },
      );
      const [row] = await database.dataSource.query<{ rows: number; top: number }[]>(
        'SELECT count(*)::int AS rows, max(version) AS top FROM config_version',
      );
      await database.close();
      expect(row!.top).toBeGreaterThanOrEqual(acknowledged);
      expect(row!.rows).toBe(row!.top);
      expect(told).toContainEqual(expect.stringContaining(`server ${orphan.postmasterPid} of`));
      expect(await identifyProcess(orphan.postmasterPid)).toBeUndefined();
      expect(existsSync(orphan.socketDir)).toBe(false);
    }
  }, 60_000);

  it('and of its server, the next start recovers', async () => {
    const dataDir = await scratch.initialised();
    const owner = OwnerProcess.spawn(dataDir, 'append');
    await owner.until((line) => (line.version ?? 0) >= 20);
    await owner.end('SIGKILL');
    process.kill(running(dataDir).postmasterPid, 'SIGKILL');
    const acknowledged = Math.max(...owner.lines.map((line) => line.version ?? 0));
    const { server } = await scratch.start(dataDir);
    const [row] = await query<{ top: number }>(server.socketDir, 'SELECT max(version) AS top FROM config_version');
    expect(row!.top).toBeGreaterThanOrEqual(acknowledged);
  });
});

describe('sessions that outlive a killed server', () => {
  it('are waited for, since two servers on one cluster would destroy it', async () => {
    const dataDir = await scratch.initialised();
    const owner = OwnerProcess.spawn(dataDir, 'append');
    await owner.until((line) => (line.version ?? 0) >= 5);
    const { postmasterPid, socketDir } = running(dataDir);
    const [session] = await query<{ pid: number }>(
      socketDir,
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1",
    );
    process.kill(session!.pid, 'SIGSTOP');
    await owner.end('SIGKILL');
    process.kill(postmasterPid, 'SIGKILL');
    const told: string[] = [];
    const starting = scratch.start(dataDir, { notify: (_level, text) => told.push(text) });
    await soon(() => told.some((text) => text.includes('waiting for them')));
    process.kill(session!.pid, 'SIGCONT');
    const { server } = await starting;
    expect(await query(server.socketDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('an owner that exits without stopping', () => {
  it('takes its server along', async () => {
    const dataDir = await scratch.initialised();
    const owner = OwnerProcess.spawn(dataDir, 'exit');
    await once(owner.child, 'close');
    expect(owner.child.exitCode).toBe(3);
    await soon(async () => (await identifyProcess(running(dataDir).postmasterPid)) === undefined);
  });
});

describe('a crash of the server', () => {
  it('is followed by a restart, and the pool reconnects', async () => {
    const dataDir = await scratch.initialised();
    const { server, told } = await scratch.start(dataDir);
    const dataSource = await connectDataSource(
      { kind: 'socket', socketDir: server.socketDir },
      { migrate: true, notify: () => undefined },
    );
    scratch.onClean(() => dataSource.destroy());
    for (let crash = 0; crash < 2; crash += 1) {
      const { postmasterPid } = running(dataDir);
      process.kill(postmasterPid, 'SIGKILL');
      await soon(() => running(dataDir).postmasterPid !== postmasterPid);
      await soon(() =>
        dataSource.query('SELECT 1').then(
          () => true,
          () => false,
        ),
      );
    }
    expect(told.filter((text) => text.includes('runs again'))).toHaveLength(2);
    expect(running(dataDir).socketDir).toBe(server.socketDir);
  });

  it('does not bring it back once it was told to stop', async () => {
    const dataDir = await scratch.initialised();
    const { server } = await scratch.start(dataDir);
    process.kill(running(dataDir).postmasterPid, 'SIGKILL');
    await server.stop();
    expect(existsSync(join(dataDir, 'postgres/run.json'))).toBe(false);
    const next = await scratch.start(dataDir);
    expect(await query(next.server.socketDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a stale postmaster.pid', () => {
  it('that names a pid given to another process neither stops us nor that process', async () => {
    const dataDir = await scratch.initialised();
    const bystander = await startBystander(dataDir);
    scratch.onClean(() => void bystander.kill('SIGKILL'));
    const { server } = await scratch.start(dataDir);
    expect(await query(server.socketDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(bystander.exitCode).toBeNull();
    expect(await identifyProcess(bystander.pid!)).toBeDefined();
  });

  /** Runs as the server's user, whose processes PostgreSQL takes for a server of its own. */
  async function startBystander(dataDir: string): Promise<ChildProcess> {
    const { server } = await scratch.start(dataDir);
    const file = join(dataDir, 'postgres/cluster/postmaster.pid');
    const text = readFileSync(file, 'utf8');
    await server.stop();
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawn('sleep', ['60'], { ...user, stdio: 'ignore', cwd: '/' });
    await once(child, 'spawn');
    writeFileSync(file, text.replace(/^\d+/, String(child.pid)));
    return child;
  }
});
