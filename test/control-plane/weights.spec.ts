import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Balancer } from '../../src/balancer/balancer.service.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { SettingsService } from '../../src/settings/settings.service.js';
import { WISH } from '../balancer/balancer.harness.js';
import { keyText } from '../support/proxy.harness.js';
import { type Answer, ControlPlaneHarness, type Outgoing, PASSWORD } from './control-plane.harness.js';

const KEYS = [
  { id: 'a', key: keyText('a'), weight: 10 },
  { id: 'b', key: keyText('b'), weight: 20 },
];
const MINE = { name: 'mine', description: 'my own', weights: { a: 1, b: 3 } };

let plane: ControlPlaneHarness;
let tokens: Readonly<Record<string, string>>;

beforeAll(async () => {
  plane = await ControlPlaneHarness.start({ config: { gemini: { api_keys: KEYS } } });
  const logins = ['operator', 'auditor', 'viewer'].map(async (name) => {
    const { token } = await plane.login(name, `${name}-${PASSWORD}`);
    return [name, token] as const;
  });
  tokens = Object.fromEntries(await Promise.all(logins));
});
afterAll(() => plane.stop());

type Verb = 'get' | 'post' | 'put' | 'delete';

/** A request of an operator, or of somebody else. */
function send(verb: Verb, path: string, body?: object, who = 'operator'): Outgoing {
  const outgoing = plane.http[verb](`/api/weights${path}`).set('authorization', `Bearer ${tokens[who]!}`);
  return body === undefined ? outgoing : outgoing.send(body);
}

const bodyOf = async (outgoing: Outgoing) => (await outgoing).body as Readonly<Record<string, unknown>>;
const weights = async () => (await bodyOf(send('get', '').expect(200)))['weights'];

/** Every test begins with configured weights 10 and 20, and without an own preset. */
beforeEach(async () => {
  await send('put', '', { weights: { a: 10, b: 20 } }).expect(200);
  await send('delete', '/presets/mine');
});

describe('weights over HTTP', () => {
  it('are those of the configuration at first', async () => {
    await send('get', '').expect(200, {
      weights: { a: 10, b: 20 },
      keys: [
        { key: 'a', weight: 10, source: 'configuration' },
        { key: 'b', weight: 20, source: 'configuration' },
      ],
      strategy: 'weighted_round_robin',
      preset: null,
    });
  });

  it('are those of a preset as soon as it is applied', async () => {
    await send('post', '/presets', MINE).expect(201);
    const body = await bodyOf(send('post', '/apply', { preset_name: 'mine' }).expect(200));

    expect(body).toEqual({
      weights: { a: 1, b: 3 },
      keys: [
        { key: 'a', weight: 1, source: 'preset' },
        { key: 'b', weight: 3, source: 'preset' },
      ],
      strategy: 'weighted_round_robin',
      preset: { name: 'mine', applied_by: 'operator', applied_at: expect.stringMatching(/Z$/) },
    });
    expect(await bodyOf(send('get', ''))).toEqual(body);
    const picks = Array.from({ length: 8 }, () => plane.get(Balancer).lease(WISH)?.key.id);
    expect(picks.filter((id) => id === 'a')).toHaveLength(2);
  });

  it('take a preset from plain curl -d', async () => {
    await send('post', '/apply').type('form').send('{"preset_name":"high_performance"}').expect(200);
    expect(await bodyOf(send('get', ''))).toMatchObject({ strategy: 'adaptive', preset: { name: 'high_performance' } });
  });

  it('that are set become a version of the configuration, in the place of the preset', async () => {
    await send('post', '/apply', { preset_name: 'failover' }).expect(200);
    const before = plane.get(SettingsService).current.version;
    const body = await bodyOf(send('put', '', { weights: { b: 7 } }).expect(200));

    expect(body).toMatchObject({ weights: { a: 10, b: 7 }, preset: null, strategy: 'weighted_round_robin' });
    expect(plane.get(SettingsService).current).toMatchObject({
      version: before + 1,
      actor: 'operator',
      source: 'api',
      summary: 'weights of b',
    });
    const keys = plane.get(ConfigStore).current.gemini.api_keys;
    expect(keys.map(({ key, weight }) => [key.reveal(), weight])).toEqual([
      [keyText('a'), 10],
      [keyText('b'), 7],
    ]);
  });

  it('of a preset stay in force when the configuration changes otherwise', async () => {
    await send('post', '/presets', MINE).expect(201);
    await send('post', '/apply', { preset_name: 'mine' }).expect(200);
    plane.configure({ gemini: { api_keys: KEYS.map((key) => ({ ...key, weight: 77 })) } });
    expect(await weights()).toEqual({ a: 1, b: 3 });
  });

  it.each([
    [{ weights: { nobody: 1 } }, 'weights.nobody'],
    [{ weights: { a: -1 } }, 'weights.a'],
    [{ weights: { a: '5' } }, 'weights.a'],
    [{ weights: { a: 0, b: 0 } }, 'weights'],
    [{ weights: {} }, 'weights'],
    [{ weights: 5 }, 'weights'],
    [{}, 'weights'],
    [{ weights: { a: 1 }, preset: 'x' }, 'preset'],
  ])('that are %o change nothing', async (body, path) => {
    await send('post', '/apply', { preset_name: 'failover' }).expect(200);
    const { version } = plane.get(SettingsService).current;
    const problem = await bodyOf(send('put', '', body).expect(400));

    expect(problem).toMatchObject({ code: 'validation_failed', errors: [{ path }] });
    expect(plane.get(SettingsService).current.version).toBe(version);
    expect(await bodyOf(send('get', ''))).toMatchObject({ preset: { name: 'failover' } });
  });
});

describe('presets over HTTP', () => {
  it('are listed, the built-in ones first, with what each does', async () => {
    await send('post', '/presets', MINE).expect(201);
    await send('post', '/apply', { preset_name: 'failover' }).expect(200);
    const { items, next } = (await bodyOf(send('get', '/presets').expect(200))) as {
      items: { name: string; applied: boolean }[];
      next: unknown;
    };

    expect(next).toBeNull();
    expect(items.map(({ name }) => name)).toEqual(['balanced', 'high_performance', 'cost_saver', 'failover', 'mine']);
    expect(items.filter(({ applied }) => applied)).toEqual([
      {
        name: 'failover',
        description: expect.stringContaining('serves alone'),
        weights: { a: 1, b: 2 },
        strategy: 'priority',
        built_in: true,
        applied: true,
        updated_by: null,
        updated_at: null,
      },
    ]);
  });

  it('are made, read, changed and removed', async () => {
    const made = await bodyOf(send('post', '/presets', { ...MINE, strategy: 'priority' }).expect(201));
    expect(made).toEqual({
      ...MINE,
      strategy: 'priority',
      built_in: false,
      applied: false,
      updated_by: 'operator',
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(await bodyOf(send('get', '/presets/mine').expect(200))).toEqual(made);

    const changed = await bodyOf(send('put', '/presets/mine', { weights: { b: 1 } }).expect(200));
    expect(changed).toMatchObject({ name: 'mine', description: '', weights: { b: 1 }, strategy: null });
    await send('put', '/presets/mine', MINE).expect(200);
    await send('delete', '/presets/mine').expect(204);
    expect(await bodyOf(send('get', '/presets/mine').expect(404))).toMatchObject({ code: 'not_found' });
  });

  it('in force change at once and are not removed', async () => {
    await send('post', '/presets', MINE).expect(201);
    await send('post', '/apply', { preset_name: 'mine' }).expect(200);
    await send('put', '/presets/mine', { weights: { a: 9, b: 9 } }).expect(200);
    expect(await weights()).toEqual({ a: 9, b: 9 });
    expect(await bodyOf(send('delete', '/presets/mine').expect(400))).toMatchObject({ errors: [{ path: 'name' }] });
  });

  it.each<[Verb, string, object | undefined, number, string]>([
    ['post', '/presets', { ...MINE, name: 'balanced' }, 400, 'name'],
    ['post', '/presets', { ...MINE, name: 'a b' }, 400, 'name'],
    ['post', '/presets', { ...MINE, weights: { nobody: 1 } }, 400, 'weights.nobody'],
    ['post', '/presets', { ...MINE, strategy: 'random' }, 400, 'strategy'],
    ['post', '/presets', { ...MINE, weight: 1 }, 400, 'weight'],
    ['put', '/presets/balanced', { weights: { a: 1 } }, 400, 'name'],
    ['put', '/presets/other', { ...MINE, name: 'mine' }, 400, 'name'],
    ['delete', '/presets/failover', undefined, 400, 'name'],
    ['get', '/presets/%00', undefined, 400, 'name'],
    ['post', '/apply', { preset_name: 5 }, 400, 'preset_name'],
    ['get', '/history?limit=0', undefined, 400, 'limit'],
    ['get', '/history?cursor=x', undefined, 400, 'cursor'],
  ])('refuse %s %s with %o', async (verb, path, body, status, mistake) => {
    const problem = await bodyOf(send(verb, path, body).expect(status));
    const { errors } = problem as { errors: { path: string }[] };
    expect(new Set(errors.map((error) => error.path))).toEqual(new Set([mistake]));
  });

  it.each<[Verb, string, object | undefined]>([
    ['get', '/presets/nobody', undefined],
    ['put', '/presets/nobody', { weights: { a: 1 } }],
    ['delete', '/presets/nobody', undefined],
    ['post', '/apply', { preset_name: 'nobody' }],
    ['post', '/simulate', { preset_name: 'nobody' }],
  ])('%s %s of an unknown name is not found', async (verb, path, body) => {
    const problem = await bodyOf(send(verb, path, body).expect(404));
    expect(problem).toMatchObject({ code: 'not_found', detail: expect.stringContaining('/api/weights/presets') });
  });

  it('have a history that is read page by page, the newest first', async () => {
    await send('post', '/presets', MINE).expect(201);
    await send('post', '/apply', { preset_name: 'mine' }).expect(200);
    await send('put', '', { weights: { a: 2 } }).expect(200);
    const first = (await bodyOf(send('get', '/history?limit=2').expect(200))) as { items: object[]; next: string };

    expect(first.items).toMatchObject([
      { action: 'clear', preset: 'mine', actor: 'operator', weights: { a: 2, b: 20 } },
      { action: 'apply', preset: 'mine', actor: 'operator', weights: { a: 1, b: 3 }, at: expect.stringMatching(/Z$/) },
    ]);
    const second = await bodyOf(send('get', `/history?limit=1&cursor=${first.next}`).expect(200));
    expect(second).toMatchObject({ items: [{ action: 'create', preset: 'mine' }], next: expect.any(String) });
    const all = (await bodyOf(send('get', '/history').expect(200))) as { items: { id: number }[]; next: unknown };
    expect(all.next === null || all.items.length === 50).toBe(true);
  });
});

describe('a simulation over HTTP', () => {
  it('tells what a preset or weights would have made of the calls so far, and changes nothing', async () => {
    const balancer = plane.get(Balancer);
    for (let call = 0; call < 30; call += 1) balancer.lease(WISH)?.end();
    const before = await bodyOf(send('get', ''));
    const body = await bodyOf(send('post', '/simulate', { weights: { a: 1, b: 0 } }, 'viewer').expect(200));

    const decisions = body['decisions'] as number;
    expect(decisions).toBeGreaterThanOrEqual(30);
    expect(body).toMatchObject({
      strategy: 'weighted_round_robin',
      from: expect.stringMatching(/Z$/),
      until: expect.stringMatching(/Z$/),
      unserved: 0,
      keys: [
        { key: 'a', weight: 1, eligible: decisions, expected: { calls: decisions, share: 1 } },
        { key: 'b', weight: 0, eligible: decisions, expected: { calls: 0, share: 0 } },
      ],
      models: [{ model: WISH.model, calls: decisions }],
    });
    const failover = await bodyOf(send('post', '/simulate', { preset_name: 'failover' }, 'viewer').expect(200));
    expect(failover).toMatchObject({ strategy: 'priority', keys: [{ expected: { share: 0 } }, { weight: 2 }] });
    expect(await bodyOf(send('get', ''))).toEqual(before);
  });

  it.each([{}, { preset_name: 'balanced', weights: { a: 1 } }, { strategy: 'priority' }])(
    'of %o is refused: one thing is tried at a time',
    async (body) => {
      const problem = await bodyOf(send('post', '/simulate', body).expect(400));
      expect(problem).toMatchObject({ code: 'validation_failed', errors: [{ path: 'preset_name' }] });
    },
  );
});

describe('who may see and change weights', () => {
  const READS: [Verb, string, object?][] = [
    ['get', ''],
    ['get', '/presets'],
    ['get', '/presets/balanced'],
    ['get', '/history'],
    ['post', '/simulate', { preset_name: 'balanced' }],
  ];
  const WRITES: [Verb, string, object?][] = [
    ['put', '', { weights: { a: 1 } }],
    ['post', '/apply', { preset_name: 'balanced' }],
    ['post', '/presets', MINE],
    ['put', '/presets/mine', MINE],
    ['delete', '/presets/mine'],
  ];
  const statuses = async (routes: readonly [Verb, string, object?][], who: string) => {
    const answers: Answer[] = [];
    for (const [verb, path, body] of routes) answers.push(await send(verb, path, body, who));
    return answers.map(({ status }) => status);
  };

  it('viewers see them, and change nothing', async () => {
    expect(await statuses(READS, 'viewer')).toEqual([200, 200, 200, 200, 200]);
    expect(await statuses(WRITES, 'viewer')).toEqual([403, 403, 403, 403, 403]);
    expect(await weights()).toEqual({ a: 10, b: 20 });
  });

  it('auditors do neither', async () => {
    expect(new Set(await statuses([...READS, ...WRITES], 'auditor'))).toEqual(new Set([403]));
  });

  it('changes are in the audit with who made them, refused ones too', async () => {
    await send('post', '/apply', { preset_name: 'failover' }).expect(200);
    await send('put', '', { weights: { nobody: 1 } }).expect(400);
    const lines = await plane.auditLines();
    const actor = { type: 'admin', id: 'operator' };
    const events = lines.map(({ event_type, action, result, actor: who }) => ({
      event_type,
      action,
      result,
      actor: who,
    }));
    for (const [action, result] of [
      ['POST /api/weights/apply', 'Success'],
      ['apply preset', 'Success'],
      ['PUT /api/weights', 'Success'],
      ['PUT /api/weights', 'Failure'],
    ]) {
      expect(events).toContainEqual({ event_type: 'WeightChange', action, result, actor });
    }
  });
});
