import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Health } from '../../../src/balancer/health/health.js';
import { KeyOverridesStore } from '../../../src/balancer/keys/key-overrides.js';
import { StandbyKeys } from '../../../src/balancer/rotation/standby.js';
import { type RotationReplica, RotationWorld } from './rotation.world.js';

const HOUR_MS = 60 * 60_000;

describe('standby keys', () => {
  let world: RotationWorld;
  let replica: RotationReplica;

  beforeEach(async () => {
    world = await RotationWorld.start();
  });

  afterEach(() => world.stop());

  const promoted = (): string[] => [...replica.get(KeyOverridesStore).current.promoted];
  const quarantine = (scope: string): void => {
    const { coolDowns } = replica.get(Health);
    coolDowns.until(coolDowns.scope(scope), world.clock.now() + 60_000, 'quarantine', 'API_KEY_INVALID');
  };
  const release = (scope: string): void => {
    const health = replica.get(Health);
    health.returned(health.coolDowns.scope(scope));
  };

  it('wait while all keys serve', async () => {
    replica = await world.replica({ keys: [{ id: 'a' }, { id: 's', standby: true }] });
    expect(promoted()).toEqual([]);
    expect(replica.events).toEqual([]);
  });

  it('step in for a quarantined key, and step back when it serves again', async () => {
    replica = await world.replica({ keys: [{ id: 'a' }, { id: 's', standby: true }] });
    quarantine('key:a');
    expect(promoted()).toEqual(['s']);
    expect(replica.get(StandbyKeys).standInOf('a')).toBe('s');
    release('key:a');
    expect(promoted()).toEqual([]);
    const details = { key: 's', for: 'a' };
    expect(replica.events.filter(({ action }) => action.startsWith('standby'))).toMatchObject([
      { type: 'KeyEvent', action: 'standby key steps in', details: { ...details, reason: 'quarantined' } },
      { type: 'KeyEvent', action: 'standby key steps back', details },
    ]);
  });

  it('of another project step in when a project rests', async () => {
    const keys = [
      { id: 'a', project: 'p' },
      { id: 's', project: 'p', standby: true },
      { id: 't', project: 'q', standby: true },
    ];
    replica = await world.replica({ keys });
    quarantine('project:p');
    expect(promoted()).toEqual(['t']);
  });

  it('of another billing account step in when an account rests', async () => {
    const keys = [
      { id: 'a', billing_account: 'x' },
      { id: 's', billing_account: 'x', standby: true },
      { id: 't', billing_account: 'y', standby: true },
    ];
    replica = await world.replica({ keys });
    quarantine('billing:x');
    expect(promoted()).toEqual(['t']);
  });

  it('hand over to the next one when they are quarantined themselves', async () => {
    const keys = [{ id: 'a' }, { id: 's', standby: true }, { id: 't', standby: true }];
    replica = await world.replica({ keys });
    quarantine('key:a');
    quarantine('key:s');
    expect(promoted()).toEqual(['t']);
  });

  it('do not care for spent quota', async () => {
    replica = await world.replica({ keys: [{ id: 'a' }, { id: 's', standby: true }] });
    const { coolDowns } = replica.get(Health);
    coolDowns.until(coolDowns.scope('bucket:a/gemini-3.8-flash'), world.clock.now() + 60_000, 'quota', 'rpm');
    expect(promoted()).toEqual([]);
  });

  it('step in for a key that is disabled, and for one that expires', async () => {
    const at = (ms: number): string => new Date(world.clock.now() + ms).toISOString();
    const expires = at(HOUR_MS);
    replica = await world.replica({
      keys: [
        { id: 'a', expires_at: expires },
        { id: 's', standby: true },
      ],
    });
    expect(promoted()).toEqual([]);
    world.clock.advance(HOUR_MS);
    expect(promoted()).toEqual(['s']);
    replica.configure({ keys: [{ id: 'a' }, { id: 's', standby: true }] });
    expect(promoted()).toEqual([]);
    replica.configure({
      keys: [
        { id: 'a', enabled: false },
        { id: 's', standby: true },
      ],
    });
    expect(promoted()).toEqual(['s']);
  });

  it('do not step in before their time', async () => {
    const notBefore = new Date(world.clock.now() + 30 * 24 * HOUR_MS).toISOString();
    replica = await world.replica({
      keys: [
        { id: 'a', enabled: false },
        { id: 's', standby: true, not_before: notBefore },
      ],
    });
    expect(promoted()).toEqual([]);
    for (let days = 0; days < 30; days++) world.clock.advance(24 * HOUR_MS);
    expect(promoted()).toEqual(['s']);
  });
});
