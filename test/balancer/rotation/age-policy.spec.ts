import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AgePolicy } from '../../../src/balancer/rotation/age-policy.js';
import { KeyAges } from '../../../src/balancer/rotation/key-ages.js';
import { KeyRotation } from '../../../src/balancer/rotation/key-rotation.js';
import { Secret } from '../../../src/kernel/secret.js';
import { JobIntentRepository } from '../../../src/persistence/repositories/job-intent.repository.js';
import { keyText, type RotationOptions, type RotationReplica, RotationWorld } from './rotation.world.js';

const DAY_MS = 24 * 60 * 60_000;
const NINETY_DAYS = { max_age: '90d', warn_before: '14d', check_interval: '24d' };

describe('the age of secrets', () => {
  let world: RotationWorld;
  let replica: RotationReplica;

  beforeEach(async () => {
    world = await RotationWorld.start();
  });

  afterEach(() => world.stop());

  const start = async (options: RotationOptions = { rotation: NINETY_DAYS }): Promise<void> => {
    replica = await world.replica(options);
    await replica.get(AgePolicy).check();
  };
  const later = async (days: number, ...others: RotationReplica[]): Promise<void> => {
    world.clock.advance(days * DAY_MS);
    await Promise.all([replica, ...others].map((one) => one.get(AgePolicy).check()));
    // What became due by itself may have been faster.
    const intents = replica.get(JobIntentRepository);
    await replica.until(async () => (await intents.unfinished('key_age')).every(({ state }) => state !== 'begun'));
  };
  const told = (one = replica): readonly string[] => one.told.filter((line) => line.includes('for rotation'));

  it('is fresh, due soon, and overdue', async () => {
    await start();
    const firstSeenMs = world.clock.now();
    const dueMs = firstSeenMs + 90 * DAY_MS;
    const ages = replica.get(KeyAges);
    expect(ages.of('a')).toEqual({ firstSeenMs, dueMs, state: 'fresh' });
    world.clock.advance(76 * DAY_MS);
    expect(ages.of('a')?.state).toBe('due_soon');
    world.clock.advance(14 * DAY_MS);
    expect(ages.of('a')?.state).toBe('overdue');
    expect(ages.of('unknown')).toBeUndefined();
  });

  it('is told once a day, from two weeks before the end on', async () => {
    await start();
    await later(75);
    expect(told()).toEqual([]);
    await later(1);
    await later(0);
    await later(0);
    expect(told()).toEqual(['key is due for rotation: "a"']);
    expect(replica.events.at(-1)?.details).toEqual({
      key: 'a',
      age_days: 76,
      due: new Date(world.clock.now() + 14 * DAY_MS).toISOString(),
      reason: undefined,
    });
    await later(14);
    expect(told()).toEqual(['key is due for rotation: "a"', 'key is overdue for rotation: "a"']);
  });

  it('is told by one replica only', async () => {
    await start();
    const other = await world.replica({ rotation: NINETY_DAYS }, 'two');
    await later(80, other);
    expect([...told(), ...told(other)]).toEqual(['key is due for rotation: "a"']);
  });

  it('outlives a restart', async () => {
    await start();
    await replica.stop();
    world.clock.advance(80 * DAY_MS);
    await start();
    expect(replica.get(KeyAges).of('a')?.state).toBe('due_soon');
  });

  it('is that of the secret, not of the key', async () => {
    await start();
    await later(89);
    await replica.get(KeyRotation).rotate('a', new Secret(keyText('new')));
    expect(replica.get(KeyAges).of('a')?.state).toBe('fresh');
    await later(1);
    expect(replica.get(KeyAges).of('a')?.state).toBe('fresh');
  });

  it('does not matter for keys that are disabled, nor without a highest age', async () => {
    await start({ rotation: NINETY_DAYS, keys: [{ id: 'a', enabled: false }] });
    await later(100);
    replica.configure({ rotation: { ...NINETY_DAYS, max_age: '0' } });
    await later(100);
    expect(told()).toEqual([]);
    expect(replica.get(KeyAges).of('a')).toMatchObject({ dueMs: Infinity, state: 'fresh' });
  });

  it('has a key replaced where a provider makes new ones', async () => {
    await start({ rotation: { ...NINETY_DAYS, provider: world.provider } });
    await later(76);
    expect(replica.secretOf('a')).toBe(keyText('a'));
    await later(14);
    expect(world.google.living.map(({ text }) => text)).toEqual([replica.secretOf('a')]);
    expect(told()).toEqual(['key is due for rotation: "a"']);
    expect(replica.get(KeyAges).of('a')?.state).toBe('fresh');
  });

  it('says why the provider made none, and tries again the next day', async () => {
    await start({ rotation: { ...NINETY_DAYS, provider: world.provider } });
    world.google.trouble(/^POST \/v2/, 403);
    await later(90);
    expect(replica.events.at(-1)).toMatchObject({
      action: 'key is overdue for rotation',
      details: { reason: expect.stringContaining('PERMISSION_DENIED') },
    });
    await later(0);
    expect(world.google.calls.filter((call) => call.startsWith('POST /v2'))).toHaveLength(1);
    expect(replica.secretOf('a')).toBe(keyText('a'));
    await later(1);
    await replica.until(() => later(0).then(() => world.google.living.length === 1));
    expect(world.google.living.map(({ text }) => text)).toEqual([replica.secretOf('a')]);
  });

  it('is checked by itself', async () => {
    await start({ rotation: { ...NINETY_DAYS, check_interval: '1h' } });
    world.clock.advance(80 * DAY_MS);
    await replica.until(() => told().length === 1);
  });
});
