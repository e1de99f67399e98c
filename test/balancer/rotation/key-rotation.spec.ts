import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyRotation } from '../../../src/balancer/rotation/key-rotation.js';
import { RotatedSecrets } from '../../../src/balancer/rotation/rotated-secrets.js';
import { Secret } from '../../../src/kernel/secret.js';
import { fingerprintOf, keyText, type RotationReplica, RotationWorld } from './rotation.world.js';

const secret = (name: string): Secret => new Secret(keyText(name));

describe('rotation of a key in place', () => {
  let world: RotationWorld;
  let replica: RotationReplica;

  beforeEach(async () => {
    world = await RotationWorld.start();
    replica = await world.replica({ keys: [{ id: 'a' }, { id: 'b' }] });
  });

  afterEach(() => world.stop());

  const rotate = (keyId: string, name: string, on = replica): ReturnType<KeyRotation['rotate']> =>
    on.get(KeyRotation).rotate(keyId, secret(name));
  const forgotten = (): boolean => replica.told.includes('old secret forgotten: "a"');

  it('puts the new secret in force once Google takes it', async () => {
    await expect(rotate('a', 'new')).resolves.toEqual({
      keyId: 'a',
      fingerprint: fingerprintOf('new'),
      replaced: fingerprintOf('a'),
      providerName: null,
    });
    expect(replica.secretOf('a')).toBe(keyText('new'));
    expect(replica.secretOf('b')).toBe(keyText('b'));
    expect(world.emulator.requests).toHaveLength(2);
  });

  it('changes nothing when Google refuses the new secret', async () => {
    world.emulator.setKeyState(keyText('bad'), 'invalid');
    await expect(rotate('a', 'bad')).rejects.toMatchObject({
      code: 'key_refused',
      message: expect.stringContaining('API_KEY_INVALID'),
    });
    expect(replica.secretOf('a')).toBe(keyText('a'));
    expect(await replica.rows()).toEqual([]);
    expect(replica.told).toEqual(['key rotation refused: "a"']);
    await rotate('a', 'new');
  });

  it('changes nothing when Google cannot be asked', async () => {
    world.emulator.script({ path: '/models' }, { kind: 'reset', at: 'arrival' });
    await expect(rotate('a', 'new')).rejects.toMatchObject({ code: 'key_untested' });
    expect(replica.secretOf('a')).toBe(keyText('a'));
    expect(await replica.rows()).toEqual([]);
  });

  it.each([
    ['a text that can be no key', 'too-short', /^is too short/],
    ['the secret that the key has', keyText('a'), /^is the secret that the key has already/],
  ])('refuses %s before Google is asked', async (_what, text, message) => {
    await expect(replica.get(KeyRotation).rotate('a', new Secret(text))).rejects.toMatchObject({
      code: 'validation_failed',
      violations: [{ path: 'key', message: expect.stringMatching(message) }],
    });
    expect(world.emulator.requests).toEqual([]);
  });

  it('asks for a secret where nobody makes one', async () => {
    await expect(replica.get(KeyRotation).rotate('a')).rejects.toMatchObject({
      code: 'validation_failed',
      violations: [{ path: 'key', message: expect.stringMatching(/^is missing/) }],
    });
  });

  it('knows the ids of the configuration only', async () => {
    await expect(rotate('c', 'new')).rejects.toMatchObject({ code: 'key_unknown' });
  });

  it('remembers the old secret until its last call is over', async () => {
    replica.underWay.set('a', 1);
    const beganMs = world.clock.now();
    await rotate('a', 'new');
    await replica.until(() => {
      const isLater = world.clock.now() > beganMs + 120_000;
      if (isLater) world.clock.hold();
      return isLater;
    });
    expect(forgotten()).toBe(false);
    expect((await replica.rows())[0]?.previousSealed).not.toBeNull();
    replica.underWay.set('a', 0);
    world.clock.letGo();
    await replica.until(forgotten);
    expect((await replica.rows())[0]?.previousSealed).toBeNull();
  });

  it('waits for other replicas to use the new secret, also when no call is under way', async () => {
    const beganMs = world.clock.now();
    await rotate('a', 'new');
    await replica.until(forgotten);
    expect(world.clock.now() - beganMs).toBeGreaterThanOrEqual(60_000);
  });

  it('does not wait longer than ten minutes for calls that do not end', async () => {
    replica.underWay.set('a', 3);
    const beganMs = world.clock.now();
    await rotate('a', 'new');
    await replica.until(forgotten);
    expect(world.clock.now() - beganMs).toBeLessThan(11 * 60_000);
    expect(replica.events.at(-1)?.details).toMatchObject({ calls_under_way: 3 });
  });

  it('rotates a key once at a time, and different keys at once', async () => {
    const other = await world.replica({ keys: [{ id: 'a' }, { id: 'b' }] }, 'two');
    world.emulator.script({ key: keyText('n1') }, { kind: 'stall', at: 'headers' });
    const first = expect(rotate('a', 'n1')).rejects.toMatchObject({ code: 'key_untested' });
    await world.emulator.waitFor(({ path }) => path.includes('/models'));
    await expect(rotate('a', 'n2')).rejects.toMatchObject({ code: 'rotation_running' });
    await expect(rotate('a', 'n2', other)).rejects.toMatchObject({ code: 'rotation_running' });
    await rotate('b', 'n3', other);
    world.clock.advance(10_000);
    await first;
    await rotate('a', 'n2', other);
  });

  it('rotates a key again and again', async () => {
    await rotate('a', 'n1');
    await replica.until(forgotten);
    await replica.until(() =>
      rotate('a', 'n2').then(
        () => true,
        () => false,
      ),
    );
    expect(replica.secretOf('a')).toBe(keyText('n2'));
    expect(await replica.rows()).toMatchObject([{ keyId: 'a', replaces: fingerprintOf('a') }]);
  });

  it('tells of secrets by their fingerprints alone', async () => {
    world.emulator.setKeyState(keyText('bad'), 'suspended');
    await rotate('a', 'bad').catch(() => undefined);
    await rotate('a', 'new');
    await replica.until(forgotten);
    const stored = JSON.stringify(await replica.rows());
    const told = JSON.stringify(replica.events);
    for (const name of ['a', 'bad', 'new']) {
      expect(told).not.toContain(keyText(name));
      expect(stored).not.toContain(keyText(name));
    }
    expect(told).toContain(fingerprintOf('new'));
  });

  describe('after a restart', () => {
    it('the rotated secret counts', async () => {
      await rotate('a', 'new');
      await replica.stop();
      const again = await world.replica({ keys: [{ id: 'a' }] });
      expect(again.secretOf('a')).toBe(keyText('new'));
    });

    it('the old secret is forgotten by whoever comes next', async () => {
      replica.underWay.set('a', 1);
      await rotate('a', 'new');
      await replica.stop();
      const again = await world.replica({ keys: [{ id: 'a' }] });
      await again.until(() => again.told.includes('old secret forgotten: "a"'));
      expect(await again.rows()).toMatchObject([{ previousSealed: null }]);
      await again.until(() =>
        rotate('a', 'newer', again).then(
          () => true,
          () => false,
        ),
      );
    });

    it('a secret that this master key does not open is left alone', async () => {
      await rotate('a', 'new');
      await replica.stop();
      const again = await world.replica({
        keys: [{ id: 'a' }],
        masterKey: 'another key of more than thirty-two characters',
      });
      expect(again.secretOf('a')).toBe(keyText('a'));
      expect(await again.rows()).toHaveLength(1);
    });
  });

  describe('when the configuration changes', () => {
    const changed = { keys: [{ id: 'a', key: keyText('newer') }, { id: 'b' }] };

    it('its newer secret wins, and the rotated one is dropped', async () => {
      await rotate('a', 'new');
      replica.configure(changed);
      expect(replica.secretOf('a')).toBe(keyText('newer'));
      await replica.until(() => replica.told.includes('rotated secret dropped: "a"'));
      expect(await replica.rows()).toEqual([]);
      expect(replica.events.find(({ action }) => action === 'rotated secret dropped')?.details).toMatchObject({
        reason: 'the configuration has a newer secret',
      });
    });

    it('while the replica is stopped, the same holds', async () => {
      await rotate('a', 'new');
      await replica.stop();
      const again = await world.replica(changed);
      expect(again.secretOf('a')).toBe(keyText('newer'));
      expect(await again.rows()).toEqual([]);
    });

    it('a key that is left out for a while keeps its rotated secret', async () => {
      await rotate('a', 'new');
      replica.configure({ keys: [{ id: 'b' }] });
      await replica.get(RotatedSecrets).refresh();
      replica.configure({ keys: [{ id: 'a' }, { id: 'b' }] });
      expect(replica.secretOf('a')).toBe(keyText('new'));
    });

    it('other options leave the rotated secret in force', async () => {
      await rotate('a', 'new');
      replica.configure({ keys: [{ id: 'a', weight: 5 }, { id: 'b' }] });
      expect(replica.secretOf('a')).toBe(keyText('new'));
    });
  });

  describe('on several replicas', () => {
    it('every other one uses the new secret within half a minute', async () => {
      const other = await world.replica({ keys: [{ id: 'a' }, { id: 'b' }] }, 'two');
      await rotate('a', 'new');
      expect(other.secretOf('a')).toBe(keyText('a'));
      world.clock.advance(30_000);
      await other.until(() => other.secretOf('a') === keyText('new'));
    });
  });
});
