import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LoggerService, Logger } from '@nestjs/common';
import { inspect } from 'node:util';
import { Balancer } from '../../src/balancer/balancer.service.js';
import { Emulator } from '../../src/emulator/emulator.js';
import { Secret } from '../../src/kernel/secret.js';
import { keyText } from '../support/proxy.harness.js';
import { type Answer, ControlPlaneHarness, type Outgoing } from './control-plane.harness.js';

type Body = Readonly<Record<string, unknown>>;

const IDS = ['a', 'b', 'c', 'd'];

let emulator: Emulator;
let plane: ControlPlaneHarness;
let token: string;
const logged: string[] = [];

beforeAll(async () => {
  emulator = await Emulator.start();
  const api_keys = IDS.map((id) => ({ id, key: keyText(id) }));
  plane = await ControlPlaneHarness.start({ config: { gemini: { base_url: emulator.url, api_keys } } });
  const write = (...said: unknown[]): void => void logged.push(inspect(said, { depth: 10 }));
  const logger: LoggerService = { log: write, warn: write, error: write, debug: write, verbose: write, fatal: write };
  Logger.overrideLogger(logger);
  ({ token } = await plane.login());
});
afterAll(async () => {
  await plane.stop();
  await emulator.stop();
});

function send(verb: 'get' | 'post' | 'patch', path: string, body?: object): Outgoing {
  const outgoing = plane.http[verb](`/api/keys${path}`).set('authorization', `Bearer ${token}`);
  return body === undefined ? outgoing : outgoing.send(body);
}

const bodyOf = async (outgoing: Outgoing) => (await outgoing).body as Body;
const rotate = (id: string, body?: object) => send('post', `/${id}/rotate`, body);
const secretOf = (id: string) => plane.get(Balancer).ring.get(id)?.secret.reveal();

describe('the rotation of a key over HTTP', () => {
  it('puts the new secret in force at once, and shows its mask', async () => {
    const text = keyText('new-a');
    const body = await bodyOf(rotate('a', { key: text }).expect(200));
    expect(body).toMatchObject({ id: 'a', key: { $secret: new Secret(text).fingerprint() }, state: 'active' });
    expect(secretOf('a')).toBe(text);

    const again = await bodyOf(rotate('a', { key: keyText('newer-a') }).expect(409));
    expect(again).toMatchObject({ code: 'rotation_running' });
    expect(secretOf('a')).toBe(text);
  });

  it('keeps the rotated secret when its mask is sent back with a change', async () => {
    const { key } = await bodyOf(rotate('d', { key: keyText('new-d') }).expect(200));
    expect(await bodyOf(send('patch', '/d', { key, weight: 7 }).expect(200))).toMatchObject({ key, weight: 7 });
    expect(secretOf('d')).toBe(keyText('new-d'));
  });

  it('changes nothing when Google refuses the new secret', async () => {
    emulator.setKeyState(keyText('dead'), 'invalid');
    const problem = await bodyOf(rotate('b', { key: keyText('dead') }).expect(400));
    expect(problem).toMatchObject({ code: 'key_refused', detail: expect.stringContaining('API_KEY_INVALID') });
    expect(secretOf('b')).toBe(keyText('b'));
  });

  it.each([undefined, {}, { key: null }, { key: 'too-short' }, { key: '' }, { key: 5 }, { key: keyText('b') }])(
    'refuses %o where no provider makes keys, and names the mistake',
    async (body) => {
      const problem = await bodyOf(rotate('b', body).expect(400));
      const { code, errors } = problem as { code: string; errors: { path: string }[] };
      expect(code).toBe('validation_failed');
      expect(new Set(errors.map(({ path }) => path))).toEqual(new Set(['key']));
      expect(secretOf('b')).toBe(keyText('b'));
    },
  );
});

describe('the text of a key', () => {
  it('is in no answer, no line of the audit and no line of the log, whatever is done with it', async () => {
    emulator.setKeyState(keyText('dead'), 'invalid');
    const answers: Answer[] = [];
    const outgoing = [
      () => send('get', ''),
      () => send('get', '/c'),
      () => send('get', '/c/quota'),
      () => send('post', '', { id: 'e', key: keyText('e') }),
      () => send('post', '', { id: 'e', key: keyText('f') }),
      () => send('post', '', { id: 'g', key: `${keyText('g')} ` }),
      () => send('post', '', { id: 'g', key: { $from: keyText('g') } }),
      () => send('patch', '/c', { key: keyText('h') }),
      () => send('patch', '/c', { key: [keyText('i')] }),
      () => send('patch', '/c', { key: { $secret: keyText('i') }, weight: 'x' }),
      () => send('post', '/c/probe'),
      () => rotate('c', { key: keyText('j') }),
      () => rotate('c', { key: [keyText('k')] }),
      () => rotate('b', { key: keyText('dead') }),
      () => rotate('b', { key: `${keyText('k')} ` }),
    ];
    for (const request of outgoing) answers.push(await request());
    expect(answers.map(({ status }) => status)).toEqual([
      ...[200, 200, 200, 201, 400, 400, 400, 200, 400, 400, 200, 200, 400, 400, 400],
    ]);

    const seen = JSON.stringify([
      answers.map(({ text, headers }) => [text, headers]),
      await plane.auditLines(),
      logged,
    ]);
    expect(logged.length).toBeGreaterThan(0);
    expect(seen).toContain('/api/keys/c/rotate');
    for (const name of [...IDS, 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'dead']) expect(seen).not.toContain(keyText(name));
  });
});
