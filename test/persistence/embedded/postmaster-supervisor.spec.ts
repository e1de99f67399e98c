import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Cancel, Clock } from '../../../src/kernel/clock.js';
import { PostmasterSupervisor } from '../../../src/persistence/embedded/postmaster-supervisor.js';

/** Time passes when the test says so. */
class ManualClock extends Clock {
  readonly delaysMs: number[] = [];
  private nowMs = 0;
  private scheduled: (() => void) | undefined;

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.nowMs;
  }

  after(delayMs: number, callback: () => void): Cancel {
    this.delaysMs.push(delayMs);
    this.scheduled = callback;
    return () => {
      this.scheduled = undefined;
    };
  }

  pass(ms: number): void {
    this.nowMs += ms;
  }

  async fire(): Promise<boolean> {
    const callback = this.scheduled;
    this.scheduled = undefined;
    callback?.();
    await nextTurn();
    return callback !== undefined;
  }
}

/** A server whose runs end when the test says so. */
class Server {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  launches = 0;
  stops = 0;
  broken = false;
  private end: () => void = () => undefined;
  readonly supervisor = new PostmasterSupervisor(
    () => this.launch(),
    this.clock,
    (_level, text) => this.told.push(text),
  );

  async crash(): Promise<void> {
    this.end();
    await nextTurn();
  }

  private launch() {
    this.launches += 1;
    if (this.broken) return Promise.reject(new Error('no space left'));
    const exited = new Promise<void>((resolve) => {
      this.end = resolve;
    });
    const stop = () => {
      this.stops += 1;
      this.end();
      return exited;
    };
    return Promise.resolve({ exited, lastWords: 'PANIC: last words', stop, interrupt: () => undefined });
  }
}

describe('the supervisor of the database server', () => {
  it('lets the first failure through', async () => {
    const server = new Server();
    server.broken = true;
    await expect(server.supervisor.start()).rejects.toThrow('no space left');
    expect(server.clock.delaysMs).toEqual([]);
  });

  it('waits longer after each crash in a row, up to ten seconds, and tells the last words', async () => {
    const server = new Server();
    await server.supervisor.start();
    for (let crash = 0; crash < 9; crash += 1) {
      await server.crash();
      await server.clock.fire();
    }
    expect(server.clock.delaysMs).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(server.launches).toBe(10);
    expect(server.told[0]).toContain('PANIC: last words');
  });

  it('keeps trying when restarts fail', async () => {
    const server = new Server();
    await server.supervisor.start();
    server.broken = true;
    await server.crash();
    await server.clock.fire();
    await server.clock.fire();
    server.broken = false;
    await server.clock.fire();
    expect(server.clock.delaysMs).toEqual([100, 200, 400]);
    expect(server.told).toContain('no space left');
    expect(server.told.at(-1)).toBe('The embedded PostgreSQL runs again.');
  });

  it('forgets earlier crashes once it has run for a minute', async () => {
    const server = new Server();
    await server.supervisor.start();
    await server.crash();
    await server.clock.fire();
    server.clock.pass(60_000);
    await server.crash();
    expect(server.clock.delaysMs).toEqual([100, 100]);
  });

  it('stops what runs, and starts nothing after that', async () => {
    const server = new Server();
    await server.supervisor.start();
    await server.supervisor.stop();
    expect(server.stops).toBe(1);
    expect(await server.clock.fire()).toBe(false);
    expect(server.told).toEqual([]);
  });

  it('stops while it waits to start again', async () => {
    const server = new Server();
    await server.supervisor.start();
    await server.crash();
    await server.supervisor.stop();
    expect(await server.clock.fire()).toBe(false);
    expect(server.launches).toBe(1);
  });
});
