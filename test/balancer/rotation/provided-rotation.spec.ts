import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyRotation, type Rotated } from '../../../src/balancer/rotation/key-rotation.js';
import { keyText, type RotationOptions, type RotationReplica, RotationWorld } from './rotation.world.js';

const HOUR_MS = 60 * 60_000;

describe('rotation with keys that Google Cloud makes', () => {
  let world: RotationWorld;
  let options: RotationOptions;
  let replica: RotationReplica;

  beforeEach(async () => {
    world = await RotationWorld.start();
    options = { rotation: { provider: world.provider } };
    replica = await world.replica(options);
  });

  afterEach(() => world.stop());

  const rotate = (on = replica): Promise<Rotated> => on.get(KeyRotation).rotate('a');
  const retired = (on = replica): Promise<void> =>
    on.until(async () => (await on.rows()).every(({ previousSealed }) => previousSealed === null));
  const livingTexts = (): string[] => world.google.living.map(({ text }) => text);

  it('puts a new key in force, and leaves the configured one alone', async () => {
    const { providerName } = await rotate();
    expect(livingTexts()).toEqual([replica.secretOf('a')]);
    await retired();
    expect(await replica.rows()).toMatchObject([{ keyId: 'a', providerName, previousProviderName: null }]);
    expect(world.google.calls.some((call) => call.startsWith('DELETE'))).toBe(false);
  });

  it('deletes a key that it made, once the next one is in force and its calls are over', async () => {
    const first = await rotate();
    await retired();
    await replica.until(() =>
      rotate().then(
        () => true,
        () => false,
      ),
    );
    expect(world.google.keys.get(first.providerName ?? '')?.deleted).toBe(false);
    await retired();
    expect(livingTexts()).toEqual([replica.secretOf('a')]);
    expect(world.google.keys.size).toBe(2);
  });

  it('waits until Google knows the new key', async () => {
    world.emulator.script({ path: /models\?/ }, { kind: 'error', error: 'invalid' }, { times: 20 });
    await rotate();
    expect(livingTexts()).toEqual([replica.secretOf('a')]);
  });

  it('does not take the word of the first server that knows it', async () => {
    world.emulator.script({ path: /models\?/, nth: 2 }, { kind: 'error', error: 'invalid' });
    await rotate();
    expect(world.emulator.requests.filter(({ path }) => path.includes('/models?'))).toHaveLength(5);
  });

  it('deletes a new key that Google never comes to know, and changes nothing', async () => {
    world.emulator.script({ path: /models\?/ }, { kind: 'error', error: 'invalid' });
    await expect(rotate()).rejects.toMatchObject({ code: 'key_refused' });
    expect(livingTexts()).toEqual([]);
    expect(replica.secretOf('a')).toBe(keyText('a'));
    expect(await replica.rows()).toEqual([]);
  });

  it('does not wait for a project that is suspended', async () => {
    world.emulator.script({ path: /models\?/ }, { kind: 'error', error: 'suspended' });
    await expect(rotate()).rejects.toMatchObject({ code: 'key_refused' });
    expect(world.emulator.requests).toHaveLength(1);
    expect(livingTexts()).toEqual([]);
  });

  it('changes nothing when Google Cloud makes no key, and says why', async () => {
    world.google.trouble(/^POST \/v2/, 403);
    await expect(rotate()).rejects.toMatchObject({
      code: 'key_provider_failed',
      message: expect.stringContaining('PERMISSION_DENIED'),
    });
    expect(replica.secretOf('a')).toBe(keyText('a'));
    expect(replica.told).toEqual(['key rotation refused: "a"']);
  });

  it('asks for the text of a key whose project has no provider', async () => {
    replica.configure({ ...options, keys: [{ id: 'a', project: 'elsewhere' }] });
    await expect(rotate()).rejects.toMatchObject({ code: 'validation_failed' });
    expect(world.google.calls).toEqual([]);
  });

  it('tells nobody the new key, the private key or an access token', async () => {
    await rotate();
    await retired();
    const told = JSON.stringify([replica.events, await replica.rows()]);
    for (const hidden of [replica.secretOf('a') ?? '', world.google.tokens.pem, 'ya29.']) {
      expect(told).not.toContain(hidden);
    }
  });

  describe('when the process is killed', () => {
    /** The one that was killed hangs in a call for ever, under the name that the next one has too. */
    const killed = async (when: RegExp): Promise<void> => {
      const broken = rotate();
      broken.catch(() => undefined);
      await world.google.waitFor(when);
    };

    it('before the new key was known, the next start deletes that key', async () => {
      world.emulator.script({ path: /models\?/ }, { kind: 'stall', at: 'headers' }, { times: 1 });
      await killed(/keyString$/);
      await world.emulator.waitFor(({ path }) => path.includes('/models?'));
      expect(livingTexts()).toHaveLength(1);
      const next = await world.replica(options);
      await next.until(() => livingTexts().length === 0);
      expect(next.secretOf('a')).toBe(keyText('a'));
      await next.until(() =>
        rotate(next).then(
          () => true,
          () => false,
        ),
      );
      expect(livingTexts()).toEqual([next.secretOf('a')]);
    });

    it('while the key was made, the next start deletes it', async () => {
      world.google.trouble(/^GET \/v2\/operations/, 'silent');
      await killed(/^GET \/v2\/operations/);
      const next = await world.replica(options);
      await next.until(() => livingTexts().length === 0);
    });

    it('before the old key was deleted, the next start deletes it', async () => {
      await rotate();
      await retired();
      world.google.trouble(/^DELETE/, 'silent');
      await replica.until(() =>
        rotate().then(
          () => true,
          () => false,
        ),
      );
      await world.google.waitFor(/^DELETE/);
      expect(livingTexts()).toHaveLength(2);
      const next = await world.replica(options);
      await next.until(() => livingTexts().length === 1);
      expect(livingTexts()).toEqual([next.secretOf('a')]);
    });

    it('and never comes back, another replica looks after what it left', async () => {
      world.google.trouble(/^GET \/v2\/operations/, 'silent');
      await killed(/^GET \/v2\/operations/);
      const other = await world.replica(options, 'two');
      expect(livingTexts()).toHaveLength(1);
      await replica.stop();
      // Every ten minutes the other one looks whether something was left.
      for (let passed = 0; passed < 2 * HOUR_MS; passed += HOUR_MS / 6) world.clock.advance(HOUR_MS / 6);
      await other.until(() => livingTexts().length === 0);
    });
  });

  describe('when an answer is lost', () => {
    it('a key that was made nevertheless is deleted later', async () => {
      world.google.trouble(/^POST \/v2/, 'lost');
      world.google.trouble(/^DELETE/, 500);
      await expect(rotate()).rejects.toMatchObject({ code: 'key_provider_failed' });
      expect(livingTexts()).toHaveLength(1);
      world.clock.advance(HOUR_MS);
      await replica.until(() => livingTexts().length === 0);
    });
  });

  describe('when the old key cannot be deleted', () => {
    beforeEach(async () => {
      await rotate();
      await retired();
      world.google.trouble(/^DELETE/, 403, 100);
      await replica.until(() =>
        rotate().then(
          () => true,
          () => false,
        ),
      );
      await replica.until(() => replica.told.includes('old secret kept: "a"'));
    });

    it('it is told by name, and tried again', async () => {
      const [old] = [...world.google.keys.keys()];
      expect(replica.events.at(-1)?.details).toMatchObject({ provider_keys_to_delete: [old] });
      world.google.clear();
      world.clock.advance(2 * HOUR_MS);
      await retired();
      expect(livingTexts()).toEqual([replica.secretOf('a')]);
    });

    it('another rotation goes on all the same', async () => {
      await replica.until(() =>
        rotate().then(
          () => true,
          () => false,
        ),
      );
      expect(livingTexts()).toContain(replica.secretOf('a'));
    });

    it('after a day it is the operator who must', async () => {
      world.clock.advance(25 * HOUR_MS);
      await retired();
      expect(livingTexts()).toHaveLength(2);
    });
  });
});
