import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import { judgeFreeSpace } from '../../src/insight/disk.health.js';
import { EventLoopIndicator } from '../../src/insight/event-loop.health.js';
import { Readiness } from '../../src/insight/readiness.js';
import { UpstreamKeysIndicator } from '../../src/insight/upstream-keys.health.js';
import { KeyCensus } from '../../src/kernel/key-census.js';
import { ManualClock } from '../support/manual-clock.js';
import { ControlPlaneHarness } from './control-plane.harness.js';

describe('health', () => {
  let plane: ControlPlaneHarness;

  beforeAll(async () => {
    plane = await ControlPlaneHarness.start();
  });
  afterAll(() => plane.stop());

  it('lists everything that calls need, each with details', async () => {
    const { body } = await plane.http.get('/health').expect(200);

    expect(body).toMatchObject({
      details: {
        database: { status: 'up', latency_ms: expect.any(Number) },
        upstream_keys: { status: 'up', usable: 1, total: 1 },
        disk: { free_mib: expect.any(Number) },
        event_loop: { p99_delay_ms: expect.any(Number) },
        audit: { status: 'up' },
      },
    });
  });

  it('is not ready before somebody says so, and not while it drains', async () => {
    const readiness = plane.get(Readiness);
    const starting = await plane.http.get('/health/ready').expect(503);
    expect(starting.body).toEqual({ status: 'not_ready', reason: 'starting' });

    readiness.set(true);
    const ready = await plane.http.get('/health/ready').expect(200);
    expect(ready.body).toEqual({ status: 'ready' });

    readiness.set(false, 'draining');
    const draining = await plane.http.get('/health/ready').expect(503);
    expect(draining.body).toEqual({ status: 'not_ready', reason: 'draining' });
    await plane.http.get('/health/live').expect(200, { status: 'ok' });
  });

  it('answers the addresses of metrics.allow only', async () => {
    plane.configure({ metrics: { allow: ['10.0.0.0/8', '2001:db8::/32'] } });
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics']) {
      const { body } = await plane.http.get(path).expect(403);
      expect(body).toMatchObject({ code: 'address_refused' });
    }

    for (const allow of [['127.0.0.0/8'], ['127.0.0.1'], ['::1', '127.0.0.1/32']]) {
      plane.configure({ metrics: { allow } });
      await plane.http.get('/health/live').expect(200);
    }
    plane.configure({});
  });
});

describe('health without a database', () => {
  it('is 503 and says what is down, while the process stays alive and logins say that they cannot', async () => {
    const plane = await ControlPlaneHarness.start();
    const { token } = await plane.login();
    await plane.loseDatabase();

    const { body } = await plane.http.get('/health').expect(503);
    expect(body).toMatchObject({
      status: 'error',
      error: { database: { status: 'down', message: expect.stringContaining('does not answer') } },
      details: { upstream_keys: { status: 'up' } },
    });
    expect(JSON.stringify(body)).not.toMatch(/postgres|socket|test_/);
    await plane.http.get('/health/live').expect(200);
    // A session that is known here goes on; a new one cannot be stored.
    await plane.http.get('/auth/session').set('authorization', `Bearer ${token}`).expect(200);
    const login = await plane.http.post('/auth/login').send({ password: 'correct horse battery staple' }).expect(503);
    expect(login.body).toMatchObject({ code: 'store_unavailable' });

    await plane.stop();
  });
});

describe('indicators', () => {
  const indicators = new HealthIndicatorService();

  it.each([
    { usable: 2, total: 2, status: 'up' },
    { usable: 1, total: 2, status: 'degraded' },
    { usable: 0, total: 2, status: 'down' },
    { usable: 0, total: 0, status: 'down' },
  ])('say $status when $usable of $total keys can serve', ({ usable, total, status }) => {
    class Census extends KeyCensus {
      total = () => total;
      usable = () => usable;
    }

    expect(new UpstreamKeysIndicator(indicators, new Census()).check()).toEqual({
      upstream_keys: { status, usable, total },
    });
  });

  it.each([
    [10 * 1024 ** 3, 'up'],
    [1024 ** 3, 'up'],
    [1024 ** 3 - 1, 'degraded'],
    [64 * 1024 ** 2, 'degraded'],
    [64 * 1024 ** 2 - 1, 'down'],
    [0, 'down'],
  ] as const)('take %i free bytes for %s', (bytes, status) => {
    expect(judgeFreeSpace(bytes)).toBe(status);
  });

  it('notice a blocked event loop, and forget it after a while', async () => {
    const clock = new ManualClock();
    const indicator = new EventLoopIndicator(indicators, clock);
    // A blocked loop shows up once the histogram's own timer has run before and after it.
    for (let tries = 0; tries < 20 && statusOf(indicator) !== 'degraded'; tries += 1) {
      block(400);
      await nextTurn();
    }
    expect(statusOf(indicator)).toBe('degraded');

    clock.advance(60_000);
    indicator.check();

    expect(statusOf(indicator)).toBe('up');
    indicator.onModuleDestroy();
  });
});

function statusOf(indicator: EventLoopIndicator): unknown {
  return indicator.check()['event_loop']?.status;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
