import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ADMIN_PASSWORD, keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';

type Body = Readonly<Record<string, unknown>>;

const SCENARIO = {
  projects: [{ id: 'a', quotas: { [MODEL]: { rpd: 1 } } }, { id: 'b' }],
  keys: [
    ...['a', 'b'].map((id) => ({ id, key: keyText(id), project: id })),
    { id: 'b2', key: keyText('b2'), project: 'b' },
  ],
};

describe('keys that calls put to rest', () => {
  let proxy: ProxyHarness;
  let token: string;

  beforeEach(async () => {
    proxy = await ProxyHarness.start({ keys: ['b', 'a'], scenario: SCENARIO });
    const { access_token: opened } = await control('POST', '/auth/login', { password: ADMIN_PASSWORD });
    token = String(opened);
  });
  afterEach(() => proxy.stop());

  async function control(method: string, path: string, body?: object): Promise<Body> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const answer = await fetch(`${proxy.controlUrl}${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }

  /** The projects that answered so many calls, in the order of their ids. */
  async function served(calls: number): Promise<string[]> {
    const already = proxy.emulator.requests.length;
    for (let call = 0; call < calls; call += 1) {
      const answer = await proxy.generate();
      await answer.arrayBuffer();
      expect(answer.status).toBe(200);
    }
    const answered = proxy.emulator.requests.slice(already).filter(({ status }) => status === 200);
    return [...new Set(answered.map(({ project = '' }) => project))].sort();
  }

  it('are seen with what rests, why and until when, and with what Google told of their quota', async () => {
    await served(4);
    expect(await control('GET', '/api/keys/a')).toMatchObject({
      state: 'resting',
      cool_downs: [
        {
          scope: `bucket:a/${MODEL}`,
          kind: 'quota',
          reason: expect.stringContaining('PerDay'),
          until: expect.stringMatching(/T0[78]:00:00\.000Z$/),
          trips: 1,
        },
      ],
    });
    expect(await control('GET', '/api/keys/b')).toMatchObject({ state: 'active', cool_downs: [] });

    const { items } = (await control('GET', '/api/keys/a/quota')) as { items: Body[] };
    expect(items).toMatchObject([
      { model: MODEL, rpd: { used: 1, limit: 1, room: 0 }, learned_at: expect.stringMatching(/Z$/) },
    ]);
  });

  it('serve again as soon as a reset has ended their rest', async () => {
    proxy.emulator.setKeyState('b', 'invalid');
    expect(await served(1)).toEqual(['a']);
    proxy.emulator.setKeyState('b', 'ok');
    expect(await control('GET', '/api/keys/b')).toMatchObject({
      state: 'quarantined',
      cool_downs: [{ scope: 'key:b', kind: 'quarantine', reason: 'API_KEY_INVALID', trips: 1 }],
    });

    expect(await control('POST', '/api/keys/b/reset')).toMatchObject({ id: 'b', state: 'active', cool_downs: [] });
    expect(await served(2)).toEqual(['b']);
    expect(await proxy.auditText()).toContain('POST /api/keys/b/reset');
  });

  it('return when a probe finds them well, and stay where they are while it does not', async () => {
    proxy.emulator.setKeyState('b', 'invalid');
    await served(1);
    const refused = await control('POST', '/api/keys/b/probe');
    expect(refused).toMatchObject({ state: 'quarantined', result: 'refused', reason: 'API_KEY_INVALID' });

    proxy.emulator.setKeyState('b', 'ok');
    expect(await control('POST', '/api/keys/b/probe')).toMatchObject({ state: 'active', result: 'well', reason: null });
    expect(await served(2)).toEqual(['b']);
  });

  it('are disabled for the very next call, and enabled again', async () => {
    await control('POST', '/api/keys/b/disable');
    expect(await served(1)).toEqual(['a']);
    await control('POST', '/api/keys/b/enable');
    await control('POST', '/api/keys/a/disable');
    expect(await served(3)).toEqual(['b']);
  });

  it('serve again once their secret is replaced, by the new one', async () => {
    proxy.emulator.setKeyState('b', 'leaked');
    await served(1);
    const rotated = await control('POST', '/api/keys/b/rotate', { key: keyText('b2') });
    expect(rotated).toMatchObject({ id: 'b', state: 'active', cool_downs: [], age: { state: 'fresh' } });

    expect(await served(2)).toEqual(['b']);
    expect(proxy.emulator.requests.at(-1)).toMatchObject({ key: keyText('b2'), status: 200 });
  });
});
