import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess } from '../../../src/persistence/embedded/process-identity.js';
import { query, Scratch } from '../fixtures/scratch.js';

const runFile = (dataDir: string) => join(dataDir, 'postgres/run.json');
const postmasterOf = (dataDir: string) =>
  (JSON.parse(readFileSync(runFile(dataDir), 'utf8')) as { postmasterPid: number }).postmasterPid;

const scratch = new Scratch();
afterEach(() => scratch.clean());
afterAll(() => scratch.end());

/** Where the checkout itself is out of reach for the database's user, the programs lie beside the data. */
const COPIED = /^PostgreSQL's programs were copied/;

describe('the embedded PostgreSQL', () => {
  it('keeps its rows over a stop and a start', async () => {
    const dataDir = scratch.folder();
    const first = await scratch.start(dataDir);
    await query(first.server.socketDir, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.server.stop();
    const second = await scratch.start(dataDir);
    expect(await query(second.server.socketDir, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect([...first.told, ...second.told].filter((text) => !COPIED.test(text))).toEqual([]);
  });

  it('leaves no process, no claim and no socket behind after a stop, and says so on disk while it runs', async () => {
    const dataDir = await scratch.initialised();
    const { server } = await scratch.start(dataDir);
    const pid = postmasterOf(dataDir);
    expect(JSON.parse(readFileSync(runFile(dataDir), 'utf8'))).toMatchObject({
      phase: 'running',
      ownerPid: process.pid,
      socketDir: server.socketDir,
    });
    expect(await identifyProcess(pid)).toBeDefined();
    await server.stop();
    expect(await identifyProcess(pid)).toBeUndefined();
    expect(readdirSync(join(dataDir, 'postgres')).filter((name) => !name.startsWith('postgresql-'))).toEqual([
      'cluster',
    ]);
    expect(existsSync(server.socketDir)).toBe(false);
  });

  it('is reachable through its private socket alone', async () => {
    const { server } = await scratch.start(await scratch.initialised());
    expect(statSync(server.socketDir).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(join(server.socketDir, '.s.PGSQL.5432'))).toBeLessThanOrEqual(103);
    expect(await query(server.socketDir, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
  });

  it('keeps others out of the data', async () => {
    const dataDir = await scratch.initialised();
    await scratch.start(dataDir);
    expect(statSync(join(dataDir, 'postgres/cluster')).mode & 0o077).toBe(0);
    expect(statSync(runFile(dataDir)).mode & 0o077).toBe(0);
  });

  it('works in a data folder whose path is far longer than a socket path may be', async () => {
    const dataDir = join(scratch.folder(), 'd'.repeat(120), 'e'.repeat(120));
    mkdirSync(dataDir, { recursive: true });
    const { server } = await scratch.start(dataDir);
    expect(await query(server.socketDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('writes through to the disk unless told not to', async () => {
    const durable = await scratch.start(scratch.folder(), { durability: 'full' });
    const settings = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
      current_setting('full_page_writes') AS pages, current_setting('data_checksums') AS checksums`;
    expect(await query(durable.server.socketDir, settings)).toEqual([
      { fsync: 'on', commit: 'on', pages: 'on', checksums: 'on' },
    ]);
    const fast = await scratch.start(scratch.folder());
    expect(await query(fast.server.socketDir, settings)).toMatchObject([{ fsync: 'off', commit: 'off' }]);
  });

  it('runs in a process group of its own, out of reach of Ctrl-C in the terminal', async () => {
    const dataDir = await scratch.initialised();
    await scratch.start(dataDir);
    const groupOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2];
    expect(groupOf(postmasterOf(dataDir))).toBe(String(postmasterOf(dataDir)));
    expect(groupOf(postmasterOf(dataDir))).not.toBe(groupOf(process.pid));
  });

  it('does not hand the environment, which holds secrets, to the server', async () => {
    const dataDir = await scratch.initialised();
    await scratch.start(dataDir);
    const names = readFileSync(`/proc/${postmasterOf(dataDir)}/environ`, 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0]);
    expect(names.filter((name) => name === 'HOME' || name?.includes('TEST') || name?.includes('NODE'))).toEqual([]);
  });

  it('begins anew after a kill in the middle of the first start', async () => {
    const dataDir = scratch.folder();
    mkdirSync(join(dataDir, 'postgres/cluster.new-half/base'), { recursive: true });
    const { server } = await scratch.start(dataDir);
    expect(await query(server.socketDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(join(dataDir, 'postgres'))).not.toContain('cluster.new-half');
  });

  it('refuses the data of another major version, and says how to go on', async () => {
    const dataDir = await scratch.initialised();
    const { server } = await scratch.start(dataDir);
    await server.stop();
    writeFileSync(join(dataDir, 'postgres/cluster/PG_VERSION'), '15\n');
    await expect(scratch.start(dataDir)).rejects.toMatchObject({
      problem: 'wrong_version',
      message: expect.stringMatching(/made by PostgreSQL 15, and this is 18.*pg_dump.*DATABASE_URL/s),
    });
    expect(existsSync(runFile(dataDir))).toBe(false);
  });

  it("fails with the server's last words when it cannot start, and gives the folder up", async () => {
    const dataDir = await scratch.initialised();
    const { server } = await scratch.start(dataDir);
    await server.stop();
    writeFileSync(join(dataDir, 'postgres/cluster/postgresql.conf'), 'no_such_setting = on\n');
    await expect(scratch.start(dataDir)).rejects.toMatchObject({
      problem: 'start_failed',
      message: expect.stringMatching(/no_such_setting.*DATABASE_URL/s),
    });
    expect(existsSync(runFile(dataDir))).toBe(false);
  });
});
