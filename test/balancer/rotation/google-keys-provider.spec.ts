import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyProviderError } from '../../../src/balancer/rotation/key-provider.js';
import { ProviderWorld } from './provider.world.js';

const ACCOUNT = 'gemini@tests-one.iam.gserviceaccount.com';
const ORDER = { project: 'one', keyId: 'primary', orderId: 'order-1' };
const { signal } = new AbortController();

describe('GoogleKeysProvider', () => {
  let world: ProviderWorld;

  beforeEach(async () => {
    world = await ProviderWorld.start({ one: { id: 'tests-one', account: ACCOUNT }, two: { id: '123456789012' } });
  });

  afterEach(() => world.stop());

  it('makes keys for the projects that the configuration names, and no others', () => {
    expect(['one', 'two', 'three', 'constructor'].map((project) => world.provider.serves(project))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('makes a key that is good for the Gemini API alone, bound to the service account', async () => {
    const made = await world.provider.create(ORDER, signal);
    expect(world.google.living).toMatchObject([
      {
        name: made.name,
        text: made.secret.reveal(),
        displayName: 'gemini-proxy primary',
        services: ['generativelanguage.googleapis.com'],
        account: ACCOUNT,
      },
    ]);
    expect(made.name).toBe(world.provider.nameOf(ORDER));
    expect(made.secret.reveal()).toMatch(/^AQ\./);
  });

  it('waits until the operation is done before it asks for the text', async () => {
    await world.provider.create(ORDER, signal);
    expect(world.google.calls.map((call) => call.replaceAll(/gemini-proxy-\w+/g, 'ID'))).toEqual([
      'POST /token',
      'POST /v2/projects/tests-one/locations/global/keys?keyId=ID',
      'GET /v2/operations/akmf.p7-0',
      'GET /v2/operations/akmf.p7-0',
      'GET /v2/projects/tests-one/locations/global/keys/ID/keyString',
    ]);
  });

  it('makes a standard key where no service account is named', async () => {
    const made = await world.provider.create({ ...ORDER, project: 'two' }, signal);
    expect(made.secret.reveal()).toMatch(/^AIza/);
  });

  it('makes one key for an order, also when the answer to the first try is lost', async () => {
    world.google.trouble(/^POST \/v2/, 'lost');
    await expect(world.provider.create(ORDER, signal)).rejects.toThrow(/does not answer \(reset\)/);
    const made = await world.provider.create(ORDER, signal);
    expect(await world.provider.create(ORDER, signal)).toMatchObject({ name: made.name });
    expect(world.google.living).toHaveLength(1);
  });

  it('makes another key for another order', async () => {
    const first = await world.provider.create(ORDER, signal);
    const second = await world.provider.create({ ...ORDER, orderId: 'order-2' }, signal);
    expect(second.name).not.toBe(first.name);
  });

  it('deletes a key, and minds not that it is gone', async () => {
    const { name } = await world.provider.create(ORDER, signal);
    await world.provider.remove(name, signal);
    expect(world.google.living).toEqual([]);
    await world.provider.remove(name, signal);
  });

  it('deletes nothing but keys', async () => {
    await expect(world.provider.remove('projects/tests-one', signal)).rejects.toThrow(KeyProviderError);
    await expect(world.provider.remove('projects/a/locations/global/keys/../../x', signal)).rejects.toThrow(
      KeyProviderError,
    );
    expect(world.google.calls).toEqual([]);
  });

  describe('access tokens', () => {
    it('are asked for once, and again when they expire', async () => {
      await world.provider.create(ORDER, signal);
      await world.provider.create({ ...ORDER, orderId: 'order-2' }, signal);
      expect(world.google.tokens.given).toBe(1);
      world.clock.advance(3_600_000);
      await world.provider.create({ ...ORDER, orderId: 'order-3' }, signal);
      expect(world.google.tokens.given).toBe(2);
    });

    it('are renewed once when Google Cloud refuses one before its time', async () => {
      await world.provider.create(ORDER, signal);
      world.google.tokens.revoke();
      await world.provider.create({ ...ORDER, orderId: 'order-2' }, signal);
      expect(world.google.tokens.given).toBe(2);
      world.google.trouble(/^POST \/v2/, 401, 2);
      await expect(world.provider.create({ ...ORDER, orderId: 'order-3' }, signal)).rejects.toThrow(/answered 401/);
    });

    it('that are refused are told with the account, never with the assertion', async () => {
      await writeFile(world.accountFile, world.google.tokens.accountFile.replace('a1b2c3', 'another'));
      await expect(world.provider.create(ORDER, signal)).rejects.toThrow(
        `${world.google.url} gives the service account rotator@tests.iam.gserviceaccount.com no access token (400, invalid_grant).`,
      );
    });
  });

  it.each([
    ['nothing', '', 'cannot be read as one'],
    ['another file', '{"type":"authorized_user"}', 'has no client_email or no private_key'],
    ['a broken key', '{"client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----"}', 'cannot be read as one'],
  ])('says that the account file holds %s, and shows none of it', async (_what, text, problem) => {
    await writeFile(world.accountFile, text);
    await expect(world.provider.create(ORDER, signal)).rejects.toThrow(
      `${world.accountFile} is no JSON file of a Google Cloud service account: it ${problem}.`,
    );
  });

  it('comes again when Google Cloud has too many calls, a few times', async () => {
    world.google.trouble(/^POST \/v2/, 429, 3);
    await world.provider.create(ORDER, signal);
    world.google.trouble(/^POST \/v2/, 429, 4);
    await expect(world.provider.create({ ...ORDER, orderId: 'order-2' }, signal)).rejects.toThrow(
      /^Google Cloud answered 429 to POST .*RESOURCE_EXHAUSTED/,
    );
  });

  it('says what Google Cloud does not permit', async () => {
    world.google.trouble(/^POST \/v2/, 403);
    await expect(world.provider.create(ORDER, signal)).rejects.toThrow(/answered 403 .*PERMISSION_DENIED/);
  });

  it('gives up a call that is not answered within half a minute', async () => {
    world.google.trouble(/^POST \/v2/, 'silent');
    const made = world.provider.create(ORDER, signal);
    const outcome = expect(made).rejects.toThrow(/does not answer \(timeout\)/);
    await world.google.waitFor(/^POST \/v2/);
    world.clock.advance(30_000);
    await outcome;
  });

  it('stops waiting when it is told to', async () => {
    const stopped = new AbortController();
    stopped.abort(new Error('stopped'));
    await expect(world.provider.create(ORDER, stopped.signal)).rejects.toThrow('stopped');
  });
});
