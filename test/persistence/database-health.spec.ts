import { afterEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../src/kernel/clock.js';
import { DatabaseHealth } from '../../src/persistence/database-health.js';
import { createTestDatabase } from '../support/database.js';

describe('DatabaseHealth', () => {
  const cleaners: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleaner of cleaners.splice(0)) await cleaner();
  });

  async function start(): Promise<{ health: DatabaseHealth; hang: () => Promise<void>; close: () => Promise<void> }> {
    const { dataSource, drop } = await createTestDatabase();
    cleaners.push(drop);
    const hang = async () => {
      // Every connection of the pool is taken by a statement that takes longer than the ping may.
      const runners = Array.from({ length: 10 }, () => dataSource.createQueryRunner());
      await Promise.all(runners.map((runner) => runner.connect()));
      cleaners.unshift(() => Promise.all(runners.map((runner) => runner.release())).then(() => undefined));
    };
    return { health: new DatabaseHealth(dataSource, new SystemClock()), hang, close: () => dataSource.destroy() };
  }

  it('measures a round trip', async () => {
    const { health } = await start();
    const ms = await health.ping();
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThan(2_000);
  });

  it('rejects when there is no connection to be had within two seconds', async () => {
    const { health, hang } = await start();
    await hang();
    await expect(health.ping()).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('rejects at once when the database is closed', async () => {
    const { health, close } = await start();
    await close();
    await expect(health.ping()).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
