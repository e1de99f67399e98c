import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Balancer } from '../../src/balancer/balancer.service.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { Emulator } from '../../src/emulator/emulator.js';
import { Secret } from '../../src/kernel/secret.js';
import { withKeyEntries } from '../../src/settings/key-entries.js';
import { SettingsService } from '../../src/settings/settings.service.js';
import { WISH } from '../balancer/balancer.harness.js';
import { keyText } from '../support/proxy.harness.js';
import { ControlPlaneHarness, type Outgoing, PASSWORD } from './control-plane.harness.js';

type Verb = 'get' | 'post' | 'patch' | 'delete';
type Body = Readonly<Record<string, unknown>>;

const TIERS = { free: { 'gemini-*-flash': { rpm: 5, rpd: 20 } } };
const A = { id: 'a', key: keyText('a'), weight: 10, tier: 'free', models: ['gemini-*'], expires_at: '2099-01-31' };
const B = { id: 'b', key: keyText('b'), project: 'shared', billing_account: 'books', limits: { '*': { tpm: 9 } } };

let emulator: Emulator;
let plane: ControlPlaneHarness;
let tokens: Readonly<Record<string, string>>;

beforeAll(async () => {
  emulator = await Emulator.start();
  const gemini = { base_url: emulator.url, api_keys: [A, B], tiers: TIERS };
  plane = await ControlPlaneHarness.start({ config: { gemini } });
  const logins = ['operator', 'auditor', 'viewer'].map(async (name) => {
    const { token } = await plane.login(name, `${name}-${PASSWORD}`);
    return [name, token] as const;
  });
  tokens = Object.fromEntries(await Promise.all(logins));
});
afterAll(async () => {
  await plane.stop();
  await emulator.stop();
});

/** A request of an operator, or of somebody else. */
function send(verb: Verb, path: string, body?: object, who = 'operator'): Outgoing {
  const outgoing = plane.http[verb](`/api/keys${path}`).set('authorization', `Bearer ${tokens[who]!}`);
  return body === undefined ? outgoing : outgoing.send(body);
}

const bodyOf = async (outgoing: Outgoing) => (await outgoing).body as Body;
const mask = (id: string) => ({ $secret: new Secret(keyText(id)).fingerprint() });
const version = () => plane.get(SettingsService).current.version;
const secretOf = (id: string) => plane.get(Balancer).ring.get(id)?.secret.reveal();
const picks = () =>
  new Set(
    Array.from({ length: 12 }, () => {
      const lease = plane.get(Balancer).lease({ ...WISH, model: 'gemini-3.8-pro' });
      lease?.end();
      return lease?.key.id;
    }),
  );

async function mistakesOf(outgoing: Outgoing): Promise<string[]> {
  const { code, errors } = (await bodyOf(outgoing.expect(400))) as { code: string; errors: { path: string }[] };
  expect(code).toBe('validation_failed');
  return errors.map(({ path }) => path);
}

/** Every test begins with the keys a and b as they are written above. */
beforeEach(async () => {
  emulator.reset();
  const change = { actor: 'tests', source: 'api', summary: 'as written' };
  await plane.get(SettingsService).amend((document) => withKeyEntries(document, [A, B]), change);
});

describe('keys over HTTP', () => {
  it('are shown as they are configured and as they are, with their secrets masked', async () => {
    const { items, next } = (await bodyOf(send('get', '', undefined, 'viewer').expect(200))) as {
      items: Body[];
      next: unknown;
    };
    expect(next).toBeNull();
    expect(items).toEqual([
      {
        id: 'a',
        key: mask('a'),
        project: 'a',
        billing_account: null,
        tier: 'free',
        limits: {},
        models: ['gemini-*'],
        enabled: true,
        not_before: null,
        expires_at: '2099-01-31T00:00:00.000Z',
        standby: false,
        weight: 10,
        effective_weight: 10,
        state: 'active',
        cool_downs: [],
        in_flight: 0,
        age: { first_seen: expect.stringMatching(/Z$/), due: expect.stringMatching(/Z$/), state: 'fresh' },
        remarks: [{ code: 'unknown_form', level: 'advice', text: expect.stringMatching(/^Key a begins like no key/) }],
      },
      expect.objectContaining({ id: 'b', key: mask('b'), project: 'shared', billing_account: 'books', weight: 100 }),
    ]);
    expect(await bodyOf(send('get', '/a', undefined, 'viewer').expect(200))).toEqual(items[0]);
  });

  it('show the calls that are under way', async () => {
    const lease = plane.get(Balancer).lease({ ...WISH, place: { kind: 'key', key: 'a' } });
    expect(await bodyOf(send('get', '/a'))).toMatchObject({ in_flight: 1 });
    lease?.end();
    expect(await bodyOf(send('get', '/a'))).toMatchObject({ in_flight: 0 });
  });

  it('have a quota for each model that calls asked for, with what is left of it', async () => {
    const place = { kind: 'key', key: 'a' } as const;
    for (const model of ['gemini-3.8-flash', 'gemini-3.8-flash', 'gemini-3.8-pro']) {
      plane
        .get(Balancer)
        .lease({ ...WISH, model, place })
        ?.end();
    }
    const body = await bodyOf(send('get', '/a/quota', undefined, 'viewer').expect(200));
    const { project, items, next } = body as { project: string; items: Body[]; next: unknown };
    const unknown = { limit: null, room: null };

    expect({ project, next }).toEqual({ project: 'a', next: null });
    const flash = items.find(({ model }) => model === 'gemini-3.8-flash') as { rpd: { used: number } };
    const { used } = flash.rpd;
    expect(used).toBeGreaterThanOrEqual(2);
    expect(flash).toEqual({
      model: 'gemini-3.8-flash',
      rpm: { used, limit: 5, room: Math.max(0, 5 - used) },
      tpm: { used: 0, ...unknown },
      rpd: { used, limit: 20, room: 20 - used, resets_at: expect.stringMatching(/T0[78]:00:00\.000Z$/) },
      learned_at: null,
    });
    expect(items).toContainEqual(
      expect.objectContaining({ model: 'gemini-3.8-pro', rpm: { used: 1, ...unknown }, learned_at: null }),
    );
  });

  it.each<[Verb, string, object | undefined]>([
    ['get', '/nobody', undefined],
    ['get', '/nobody/quota', undefined],
    ['patch', '/nobody', { weight: 1 }],
    ['delete', '/nobody', undefined],
    ['post', '/nobody/enable', undefined],
    ['post', '/nobody/disable', undefined],
    ['post', '/nobody/reset', undefined],
    ['post', '/nobody/probe', undefined],
    ['post', '/nobody/rotate', { key: keyText('new') }],
    ['get', '/%00', undefined],
  ])('%s %s of an unknown id is not found, and says where the ids are', async (verb, path, body) => {
    const problem = await bodyOf(send(verb, path, body).expect(404));
    expect(problem).toMatchObject({ code: 'key_unknown', detail: expect.stringContaining('GET /api/keys') });
  });
});

describe('a probe over HTTP', () => {
  it('tells a dead key, one that is well, and that nothing was learned', async () => {
    emulator.setKeyState(keyText('a'), 'invalid');
    const dead = await bodyOf(send('post', '/a/probe').expect(200));
    expect(dead).toMatchObject({ id: 'a', result: 'refused', reason: 'API_KEY_INVALID' });

    const well = await bodyOf(send('post', '/b/probe').expect(200));
    expect(well).toMatchObject({ id: 'b', state: 'active', result: 'well', reason: null });

    emulator.script({ path: '/models' }, { kind: 'error', error: 'internal' });
    const unknown = await bodyOf(send('post', '/b/probe').expect(200));
    expect(unknown).toMatchObject({ result: 'unreachable', reason: 'HTTP 500' });
  });
});

describe('changes of keys', () => {
  it('add a key that serves at once', async () => {
    const number = version();
    const c = { id: 'c', key: keyText('c'), weight: 1_000_000 };
    const body = await bodyOf(send('post', '', c).expect(201));

    expect(body).toMatchObject({ id: 'c', key: mask('c'), project: 'c', state: 'active', effective_weight: 1_000_000 });
    const { age, ...shown } = await bodyOf(send('get', '/c').expect(200));
    expect(age).toMatchObject({ state: 'fresh' });
    expect(body).toMatchObject(shown);
    expect(picks()).toContain('c');
    expect(plane.get(SettingsService).current).toMatchObject({
      version: number + 1,
      actor: 'operator',
      source: 'api',
      summary: 'key c added',
    });
  });

  it('merge what a patch names: null stands for the default, and the rest stays', async () => {
    const patch = { weight: 7, limits: { 'gemini-*': { rpm: 3 } }, billing_account: null };
    const body = await bodyOf(send('patch', '/b', patch).expect(200));

    const limits = { '*': { tpm: 9 }, 'gemini-*': { rpm: 3 } };
    expect(body).toMatchObject({ key: mask('b'), project: 'shared', weight: 7, limits, billing_account: null });
    expect(secretOf('b')).toBe(keyText('b'));
  });

  it('put a new secret in, or keep the one whose mask is sent back', async () => {
    const replaced = await bodyOf(send('patch', '/a', { key: keyText('new') }).expect(200));
    expect(replaced).toMatchObject({ key: mask('new'), weight: 10 });
    expect(secretOf('a')).toBe(keyText('new'));

    const number = version();
    await send('patch', '/a', { id: 'a', key: replaced['key'] }).expect(200);
    expect(version()).toBe(number);
    expect(await bodyOf(send('patch', '/a', { key: replaced['key'], weight: 3 }))).toMatchObject({ weight: 3 });
    expect(secretOf('a')).toBe(keyText('new'));
  });

  it('take a key out of use and back, and the next choice knows', async () => {
    expect(picks()).toEqual(new Set(['a', 'b']));
    expect(await bodyOf(send('post', '/a/disable').expect(200))).toMatchObject({ enabled: false, state: 'disabled' });
    expect(picks()).toEqual(new Set(['b']));
    expect(await bodyOf(send('post', '/a/enable').expect(200))).toMatchObject({ enabled: true, state: 'active' });
    expect(picks()).toEqual(new Set(['a', 'b']));
  });

  it('remove a key', async () => {
    await send('delete', '/b').expect(204);
    await send('get', '/b').expect(404);
    expect(picks()).toEqual(new Set(['a']));
  });

  it('lose none of those that come at once', async () => {
    await Promise.all([
      send('patch', '/a', { weight: 1 }).expect(200),
      send('patch', '/b', { weight: 2 }).expect(200),
      send('post', '', { id: 'c', key: keyText('c'), weight: 3 }).expect(201),
    ]);
    const keys = plane.get(ConfigStore).current.gemini.api_keys;
    expect(keys.map(({ id, weight }) => [id, weight])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  it.each<[Verb, string, object | undefined, string[]]>([
    ['post', '', undefined, ['id', 'key']],
    ['post', '', { id: 'a', key: keyText('c') }, ['id']],
    [
      'post',
      '',
      { id: 'a b', key: 'short', weight: -1, tier: 'none', colour: 1 },
      ['id', 'key', 'weight', 'colour', 'tier'],
    ],
    ['post', '', { id: 'c', key: mask('a') }, ['key']],
    ['post', '', { id: 'c', key: { $from: '${JWT_SECRET}' } }, ['key']],
    ['post', '', { id: 'c', key: keyText('c'), not_before: '2030-01-02', expires_at: '2030-01-01' }, ['expires_at']],
    ['patch', '/a', { weight: 'much', enabled: 'perhaps' }, ['weight', 'enabled']],
    ['patch', '/a', { key: mask('b') }, ['key']],
    ['patch', '/a', { key: null }, ['key']],
    ['patch', '/a', { limits: { '*': { rpm: -1 } } }, ['limits["*"].rpm']],
    ['patch', '/a', { id: 'z' }, ['id']],
    ['patch', '/a', { state: 'active' }, ['state']],
  ])('%s %s with %o change nothing, and name every mistake', async (verb, path, body, paths) => {
    const number = version();
    const mistakes = await mistakesOf(send(verb, path, body));
    expect(new Set(mistakes)).toEqual(new Set(paths));
    expect(version()).toBe(number);
  });
});

describe('who may see and change keys', () => {
  const READS: [Verb, string][] = [
    ['get', ''],
    ['get', '/a'],
    ['get', '/a/quota'],
  ];
  const WRITES: [Verb, string, object?][] = [
    ['post', '', { id: 'c', key: keyText('c') }],
    ['patch', '/a', { weight: 1 }],
    ['delete', '/a'],
    ...['enable', 'disable', 'reset', 'probe', 'rotate'].map((action): [Verb, string] => ['post', `/a/${action}`]),
  ];
  const statuses = async (routes: readonly [Verb, string, object?][], who: string) => {
    const found = new Set<number>();
    for (const [verb, path, body] of routes) found.add((await send(verb, path, body, who)).status);
    return [...found];
  };

  it('viewers see them, and change nothing', async () => {
    const number = version();
    expect(await statuses(READS, 'viewer')).toEqual([200]);
    expect(await statuses(WRITES, 'viewer')).toEqual([403]);
    expect(version()).toBe(number);
  });

  it('auditors do neither', async () => {
    expect(await statuses([...READS, ...WRITES], 'auditor')).toEqual([403]);
  });

  it('changes are in the audit with who made them, refused ones too, and each version of the configuration', async () => {
    await send('post', '/a/disable').expect(200);
    await send('patch', '/a', { weight: -1 }).expect(400);
    const lines = await plane.auditLines();
    const actor = { type: 'admin', id: 'operator' };
    const line = (action: string, result: string) =>
      expect.objectContaining({ event_type: 'KeyEvent', action, result, actor });

    expect(lines).toContainEqual(line('POST /api/keys/a/disable', 'Success'));
    expect(lines).toContainEqual(line('PATCH /api/keys/a', 'Failure'));
    const details = { version: version(), source: 'api', summary: 'key a: enabled' };
    expect(lines).toContainEqual(expect.objectContaining({ event_type: 'ConfigChange', actor, details }));
  });
});
