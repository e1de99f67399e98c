import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keyText, ProxyHarness } from '../support/proxy.harness.js';
import { LIVE_MODEL, LiveCaller, livePath, mint } from './live.fixtures.js';
import { json, NOT_FOUND, outcomeOf, Tenant } from './ownership.fixtures.js';

const PATH = '/v1alpha/auth_tokens';
const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

interface GoogleBody {
  readonly uses?: number;
  readonly expireTime?: string;
  readonly newSessionExpireTime?: string;
  readonly bidiGenerateContentSetup?: { readonly model?: string; readonly generationConfig?: unknown };
}

describe('an ephemeral token', () => {
  let proxy: ProxyHarness;
  let alice: Tenant;
  let bob: Tenant;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'], config: { gemini: { aliases: { voice: LIVE_MODEL } } } });
  });
  beforeEach(async () => {
    proxy.emulator.reset();
    await proxy.database.dataSource.query('DELETE FROM ephemeral_token');
    [alice, bob] = [await Tenant.of(proxy, 'alice'), await Tenant.of(proxy, 'bob')];
  });
  afterAll(() => proxy.stop());

  const created = async (body: unknown, path = PATH): Promise<string> =>
    (await json<{ name: string }>(alice.post(path, body))).name;
  const sent = (): GoogleBody => JSON.parse(proxy.emulator.requests.at(-1)?.body ?? '{}') as GoogleBody;
  const rows = (): Promise<Record<string, unknown>[]> =>
    proxy.database.dataSource.query<Record<string, unknown>[]>('SELECT * FROM ephemeral_token ORDER BY created_at');

  describe('is minted', () => {
    it.each(['v1', 'v1beta', 'v1alpha'])(
      'on %s, under a key of the proxy, and is no token of Google',
      async (version) => {
        const name = await created({}, `/${version}/auth_tokens`);
        expect(name).toMatch(/^auth_tokens\/[\w-]{43}$/);
        const upstream = proxy.emulator.requests.at(-1);
        expect(upstream).toMatchObject({ path: `/${version}/auth_tokens`, status: 200 });
        expect([keyText('a'), keyText('b')]).toContain(upstream?.key);
        const [row] = await rows();
        expect(row).toMatchObject({ client: 'alice', uses: 1, used: 0, revoked_at: null });
        expect(JSON.stringify(row)).not.toContain(name.slice('auth_tokens/'.length));
        const atGoogle = new LiveCaller(
          proxy.emulator,
          `${livePath('BidiGenerateContentConstrained')}?access_token=${name}`,
        );
        expect((await atGoogle.closed)[0]).toBe(1008);
      },
    );

    it('on the terms of Google where none are stated, and both keep the same', async () => {
      const before = Date.now();
      await created({});
      const { uses, expireTime, newSessionExpireTime } = sent();
      expect(uses).toBe(1);
      expect(Date.parse(expireTime ?? '') - before).toBeGreaterThanOrEqual(30 * 60_000);
      expect(Date.parse(newSessionExpireTime ?? '') - before).toBeGreaterThanOrEqual(60_000);
      const [row] = await rows();
      expect([row?.['expires_at'], row?.['new_session_expires_at']]).toEqual([
        new Date(expireTime ?? ''),
        new Date(newSessionExpireTime ?? ''),
      ]);
    });

    it('on stated terms, in either spelling', async () => {
      const [end, begin] = [inMinutes(40), inMinutes(5)];
      await created({ uses: '3', expireTime: end, newSessionExpireTime: begin });
      expect(sent()).toMatchObject({ uses: 3, expireTime: end, newSessionExpireTime: begin });
      await created({ uses: 3, expire_time: end, new_session_expire_time: begin });
      expect(sent()).toEqual({ uses: 3, expireTime: end, newSessionExpireTime: begin });
    });

    it('with its restrictions, and an alias among them resolved', async () => {
      const generationConfig = { responseModalities: ['TEXT'], temperature: 0.5 };
      const setup = { model: 'models/voice', generationConfig };
      await created({ bidi_generate_content_setup: setup, fieldMask: 'model,generationConfig.temperature' });
      expect(sent()).toMatchObject({
        bidiGenerateContentSetup: { model: `models/${LIVE_MODEL}`, generationConfig },
        fieldMask: 'model,generationConfig.temperature',
      });
      const [call] = (await proxy.auditedCalls()).slice(-1);
      expect(call?.details).toMatchObject({ model: 'voice' });
    });

    it.each([
      ['more uses', { uses: 101 }, 'uses must be a whole number from 1 to 100'],
      ['any number of uses', { uses: 0 }, '0, which means any number'],
      ['half a use', { uses: 1.5 }, 'uses must be'],
      ['a longer life than Google grants', { expireTime: inMinutes(20 * 60 + 5) }, 'must be'],
      ['a life beyond that of the token that asks', { expireTime: inMinutes(65) }, 'end of the token that asks'],
      ['an end in the past', { expireTime: inMinutes(-1) }, 'in the future'],
      [
        'a beginning in the past',
        { newSessionExpireTime: inMinutes(-1) },
        'newSessionExpireTime must be in the future',
      ],
      ['no time', { expireTime: 'tomorrow' }, 'expireTime must be a time such as'],
      ['a time in another form', { expireTime: 1_800_000_000 }, 'expireTime must be a time such as'],
      [
        'a session to resume',
        { bidiGenerateContentSetup: { sessionResumption: { handle: 'h' } } },
        'A token cannot hold the handle',
      ],
    ])('not for %s, and says why', async (_what, body, why) => {
      const response = await alice.post(PATH, body);
      expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([400, 'live_token_refused']);
      expect((await json<{ error: { message: string } }>(response)).error.message).toContain(why);
      expect(proxy.emulator.requests).toHaveLength(0);
    });

    it.each([
      ['a field in two spellings', { expireTime: inMinutes(5), expire_time: inMinutes(9) }, '400 body_ambiguous'],
      ['no JSON', '{"uses": 1,', '400 body_not_json'],
      ['a list', [], '400 body_not_json'],
      ['a megabyte and more', { x: 'x'.repeat(1024 * 1024) }, '413 body_too_large'],
    ])('not for %s', async (_what, body, outcome) => {
      expect(await outcomeOf(alice.post(PATH, body))).toBe(outcome);
    });

    it('with the name that is told, whatever fields the caller asks for', async () => {
      expect(await created({}, `${PATH}?fields=expireTime`)).toMatch(/^auth_tokens\//);
      expect(proxy.emulator.requests.at(-1)?.path).toBe(PATH);
    });

    it('not when upstream refuses, whose words are passed on', async () => {
      proxy.emulator.script(
        {},
        { kind: 'answer', status: 400, body: '{"error":{"code":400,"message":"no such mask"}}' },
      );
      const response = await alice.post(PATH, {});
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('no such mask')]);
      expect(await rows()).toHaveLength(0);
    });

    it.each(['', '{}', '{"name":"files/x"}', '{"name":'])('not when upstream answers %j', async (body) => {
      proxy.emulator.script({}, { kind: 'answer', status: 200, body });
      expect(await outcomeOf(alice.post(PATH, {}))).toBe('502 upstream_truncated');
      expect(await rows()).toHaveLength(0);
    });
  });

  it('is one of a hundred at most, however many are asked for at once', async () => {
    await proxy.database.dataSource.query(`
      INSERT INTO ephemeral_token (id, hash, client, project, key_id, sealed, uses, created_at, new_session_expires_at, expires_at)
      SELECT n, n, 'alice', 'a', 'a', '', 1, now(), now() + interval '1 hour', now() + interval '1 hour'
      FROM generate_series(1, 97) n`);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(alice.post(PATH, {}))));
    const minted = outcomes.filter((outcome) => outcome === '200 upstream').length;
    expect(minted).toBeLessThanOrEqual(3);
    expect(outcomes.filter((outcome) => outcome === '429 live_tokens_exhausted')).toHaveLength(8 - minted);
    expect(await rows()).toHaveLength(97 + minted);
    expect(await outcomeOf(bob.post(PATH, {}))).toBe('200 upstream');
  });

  it('is shown to its owner alone', async () => {
    const name = await created({ uses: 2, expireTime: inMinutes(9) });
    expect(await json(alice.fetch(`/v1alpha/${name}`))).toMatchObject({ name, uses: 2, expireTime: sent().expireTime });
    expect(await outcomeOf(bob.fetch(`/v1alpha/${name}`))).toBe(NOT_FOUND);
    expect(await outcomeOf(alice.fetch(`${PATH}/unknown`))).toBe(NOT_FOUND);
  });

  it('is revoked by its owner alone, once', async () => {
    const name = await created({});
    expect(await outcomeOf(bob.delete(`/v1alpha/${name}`))).toBe(NOT_FOUND);
    const response = await alice.delete(`/v1alpha/${name}`);
    expect([response.status, await response.json()]).toEqual([200, {}]);
    expect(await outcomeOf(alice.delete(`/v1alpha/${name}`))).toBe(NOT_FOUND);
    expect(await outcomeOf(alice.fetch(`/v1alpha/${name}`))).toBe(NOT_FOUND);
    expect(await LiveCaller.withEphemeral(proxy, name).refusal()).toBe('401 token_revoked');
  });

  it.each([
    ['GET', PATH, '404 path_unknown'],
    ['PATCH', `${PATH}/x`, '405 method_not_allowed'],
    ['POST', `${PATH}/x:extend`, '404 path_unknown'],
    ['POST', `${PATH}:mint`, '404 path_unknown'],
    ['POST', `/upload${PATH}`, '404 path_unknown'],
    ['GET', `/download${PATH}/x:download`, '404 path_unknown'],
    ['POST', '/v1alpha/auth%5Ftokens:mint', '404 path_unknown'],
  ])('is not reached in other ways: %s %s', async (method, path, outcome) => {
    const body = method === 'GET' ? undefined : '{}';
    expect(await outcomeOf(alice.fetch(path, { method, body }))).toBe(outcome);
    expect(proxy.emulator.requests).toHaveLength(0);
  });

  it.each(['x-goog-api-key', 'authorization', 'query'])('opens no call but a Live session: %s', async (place) => {
    const name = await created({});
    const headers = place === 'query' ? {} : { [place]: place === 'authorization' ? `Bearer ${name}` : name };
    const query = place === 'query' ? `?access_token=${name}` : '';
    const response = await fetch(`${proxy.url}/v1beta/models${query}`, { headers });
    expect(response.headers.get('x-gemini-proxy-fault')).toBe('token_malformed');
    expect((await json<{ error: { message: string } }>(response)).error.message).toContain('Live sessions only');
    expect(await outcomeOf(fetch(`${proxy.url}${PATH}`, { method: 'POST', headers: { 'x-goog-api-key': name } }))).toBe(
      '401 token_malformed',
    );
  });

  it('is noted when it is minted and revoked, by an id that opens nothing', async () => {
    const name = await mint(proxy, {}, await proxy.tokenFor('alice'));
    await alice.delete(`/v1alpha/${name}`);
    await fetch(`${proxy.url}/auth_tokens/${name}`);
    const text = await proxy.auditText();
    const [{ id } = { id: '' }] = await rows();
    const events = text.split('\n').filter((line) => line.includes(`"token":"${String(id)}"`));
    expect(events.map((line) => (JSON.parse(line) as { action: string }).action)).toEqual([
      'ephemeral token minted',
      'ephemeral token revoked',
    ]);
    expect(events[0]).toContain('"event_type":"AuthEvent"');
    expect(text).toContain('DELETE /v1alpha/auth_tokens/…');
    expect(text).not.toContain(name.slice('auth_tokens/'.length));
  });

  it('cannot be had while the database is away', async () => {
    await proxy.database.dataSource.query('ALTER TABLE ephemeral_token RENAME TO away');
    expect(await outcomeOf(alice.post(PATH, {}))).toBe('503 store_unavailable');
    expect(await LiveCaller.withEphemeral(proxy, `auth_tokens/${'x'.repeat(43)}`).refusal()).toBe(
      '503 store_unavailable',
    );
    await proxy.database.dataSource.query('ALTER TABLE away RENAME TO ephemeral_token');
    expect(proxy.emulator.requests).toHaveLength(0);
  });
});
