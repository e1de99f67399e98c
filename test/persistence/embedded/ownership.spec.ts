import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Cancel, Clock, SystemClock } from '../../../src/kernel/clock.js';
import { connectForCommand } from '../../../src/persistence/database.js';
import { RunClaim } from '../../../src/persistence/embedded/run-claim.js';
import { waitUntil } from '../../../src/persistence/embedded/wait-until.js';
import { OwnerProcess } from '../fixtures/owner-process.js';
import { query, Scratch } from '../fixtures/scratch.js';

const scratch = new Scratch();
afterEach(() => scratch.clean());
afterAll(() => scratch.end());

describe('two processes on one data folder', () => {
  it("refuses the second one with the first one's pid, and leaves the first alone", async () => {
    const dataDir = await scratch.initialised();
    const owner = OwnerProcess.spawn(dataDir, 'hold');
    await owner.ready();
    await expect(scratch.start(dataDir)).rejects.toMatchObject({
      problem: 'in_use',
      message: expect.stringMatching(new RegExp(`process ${owner.child.pid} .*DATABASE_URL`, 's')),
    });
    expect((await owner.end('SIGTERM')).code).toBe(0);
    const { server } = await scratch.start(dataDir);
    expect(await query(server.socketDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuses a second start in the same process', async () => {
    const dataDir = await scratch.initialised();
    await scratch.start(dataDir);
    await expect(scratch.start(dataDir)).rejects.toMatchObject({ problem: 'in_use' });
  });

  it('lets one of several simultaneous starts through', async () => {
    const dataDir = await scratch.initialised();
    const home = join(dataDir, 'postgres');
    const clock = new SystemClock();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => RunClaim.acquire(home, clock)));
    const winners = results.filter((result) => result.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    await winners[0]!.value.release();
    await (await RunClaim.acquire(home, clock)).release();
  });

  it('lets a command connect to the database of a running proxy, and leaves it running', async () => {
    const dataDir = await scratch.initialised();
    const { server } = await scratch.start(dataDir);
    const command = await connectForCommand(settings(dataDir));
    await command.dataSource.query('CREATE TABLE by_command AS SELECT 7 AS seven');
    await command.close();
    expect(await query(server.socketDir, 'SELECT seven FROM by_command')).toEqual([{ seven: 7 }]);
  });

  it('starts the database for a command when no proxy runs, and stops it afterwards', async () => {
    const dataDir = await scratch.initialised();
    const command = await connectForCommand(settings(dataDir));
    expect(await command.dataSource.query('SELECT count(*)::int AS rows FROM signing_key')).toEqual([{ rows: 0 }]);
    await command.close();
    const { told } = await scratch.start(dataDir);
    expect(told).toEqual([]);
  });
});

describe('a claim', () => {
  it('passes from a dead owner, whose pid now belongs to another process, to the next', async () => {
    const home = claimed({ ownerPid: process.pid, ownerStart: 'an earlier boot' });
    const claim = await RunClaim.acquire(home, new SystemClock());
    expect(claim.predecessor).toMatchObject({ claim: 'old' });
    await claim.release();
  });

  it('passes on when a power cut left an empty file', async () => {
    const home = claimed({});
    writeFileSync(join(home, 'run.json'), '');
    await (await RunClaim.acquire(home, new SystemClock())).release();
  });

  it('of another host passes on once its heartbeat has been missing for 20 s', async () => {
    const home = claimed({ host: 'elsewhere' });
    beat(home, Date.now() - 21_000);
    await (await RunClaim.acquire(home, new SystemClock())).release();
  });

  it('of another host holds while its heart beats', async () => {
    const home = claimed({ host: 'elsewhere' });
    beat(home, Date.now());
    let beats = 0;
    const heart = setInterval(() => {
      beat(home, Date.now() + (beats += 1));
    }, 5);
    scratch.onClean(() => {
      clearInterval(heart);
    });
    await expect(RunClaim.acquire(home, new SystemClock())).rejects.toMatchObject({
      problem: 'in_use',
      message: expect.stringContaining('elsewhere'),
    });
  });

  it('beats, and does not release what is no longer its own', async () => {
    const home = join(scratch.folder(), 'postgres');
    const clock = new ManualClock();
    const claim = await RunClaim.acquire(home, clock);
    beat(home, 0);
    clock.fire();
    const mtimeMs = () => statSync(join(home, 'run.json')).mtimeMs;
    expect(await waitUntil(new SystemClock(), 2_000, () => mtimeMs() === clock.now())).toBe(true);
    writeFileSync(join(home, 'run.json'), JSON.stringify(state({ claim: 'somebody else' })));
    await claim.release();
    expect(readFileSync(join(home, 'run.json'), 'utf8')).toContain('somebody else');
  });
});

function settings(dataDir: string) {
  return { persistence: { url: undefined, data_dir: dataDir, migrate: true } };
}

function state(change: object): object {
  const owner = { claim: 'old', ownerPid: 1, ownerStart: 'x', host: hostname(), startedAt: '2026-01-01T00:00:00.000Z' };
  return { ...owner, phase: 'starting', ...change };
}

function claimed(change: object): string {
  const home = join(scratch.folder(), 'postgres');
  mkdirSync(home);
  writeFileSync(join(home, 'run.json'), JSON.stringify(state(change)));
  return home;
}

function beat(home: string, atMs: number): void {
  utimesSync(join(home, 'run.json'), new Date(atMs), new Date(atMs));
}

/** Time stands still, and a scheduled call happens when the test says so. */
class ManualClock extends Clock {
  private scheduled: (() => void) | undefined;

  now(): number {
    return 1_800_000_000_000;
  }

  monotonic(): number {
    return 0;
  }

  after(_delayMs: number, callback: () => void): Cancel {
    this.scheduled = callback;
    return () => undefined;
  }

  fire(): void {
    this.scheduled?.();
  }
}
