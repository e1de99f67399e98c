import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Balancer } from '../../src/balancer/balancer.service.js';
import { OpenSessions } from '../../src/proxy/live/open-sessions.js';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { LIVE_MODEL, LiveCaller, livePath, mint } from './live.fixtures.js';
import { outcomeOf, Tenant } from './ownership.fixtures.js';

const SPENT = 'The ephemeral token begins no further session. Mint another one with POST /v1alpha/auth_tokens.';
const REVOKED = 'The ephemeral token was revoked. Mint another one with POST /v1alpha/auth_tokens.';

describe('a Live session under an ephemeral token', () => {
  let proxy: ProxyHarness;
  const callers: LiveCaller[] = [];
  beforeAll(async () => {
    const gemini = { aliases: { voice: LIVE_MODEL }, fallbacks: { [LIVE_MODEL]: [MODEL] } };
    proxy = await ProxyHarness.start({ keys: ['a', 'b'], config: { gemini } });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterEach(() => {
    for (const caller of callers.splice(0)) caller.drop();
  });
  afterAll(() => proxy.stop());

  const session = (name: string): LiveCaller => {
    const caller = LiveCaller.withEphemeral(proxy, name);
    callers.push(caller);
    return caller;
  };
  const revoke = (name: string): Promise<Response> => proxy.fetch(`/v1alpha/${name}`, { method: 'DELETE' });
  const lastUpgrade = () => proxy.emulator.requests.filter(({ path }) => path.startsWith('/ws/')).at(-1);
  const projectOf = async (name: string): Promise<string> => {
    const rows = await proxy.database.dataSource.query<{ project: string }[]>(
      `SELECT project FROM ephemeral_token WHERE hash = encode(sha256($1), 'hex')`,
      [Buffer.from(name)],
    );
    return keyText(rows[0]?.project ?? '');
  };

  it('goes to the project that minted it, with the token of Google alone', async () => {
    for (let round = 0; round < 4; round += 1) {
      const name = await mint(proxy);
      await (await session(name).open()).turn();
      const upgrade = lastUpgrade();
      expect(upgrade?.project).toBe(await projectOf(name));
      const { pathname, searchParams } = new URL(upgrade?.path ?? '', proxy.emulator.url);
      expect(pathname).toBe(livePath('BidiGenerateContentConstrained'));
      expect([...searchParams.keys()]).toEqual(['access_token']);
      const ofGoogle = searchParams.get('access_token') ?? '';
      expect(ofGoogle).toMatch(/^auth_tokens\/[\w-]{64}$/);
      expect(await proxy.auditText()).not.toContain(ofGoogle);
      expect(upgrade?.headers).not.toHaveProperty('x-goog-api-key');
      expect(upgrade?.headers).not.toHaveProperty('authorization');
    }
  });

  it.each([
    ['Authorization: Token', (name: string) => ['', { authorization: `Token ${name}` }] as const],
    ['x-goog-api-key', (name: string) => ['', { 'x-goog-api-key': name }] as const],
    ['?key=', (name: string) => [`?key=${name}`, {}] as const],
    [
      '?access_token= and a header that says the same',
      (name: string) => [`?access_token=${name}`, { 'x-goog-api-key': name }] as const,
    ],
  ])('is opened by %s', async (_what, place) => {
    const [query, headers] = place(await mint(proxy));
    const caller = new LiveCaller(proxy, `${livePath('BidiGenerateContentConstrained')}${query}`, headers);
    callers.push(caller);
    await caller.open();
    expect(lastUpgrade()?.path).toMatch(/\?access_token=/);
  });

  it('is its client’s own in audit, with the key of its project and no token', async () => {
    const name = await mint(proxy, {}, await proxy.tokenFor('alice'));
    const before = (await proxy.auditedCalls()).length;
    const caller = await session(name).open();
    await caller.turn();
    await caller.leave();
    for (;;) {
      const line = (await proxy.auditedCalls())[before];
      if (!line) continue;
      expect(line).toMatchObject({
        actor: { type: 'client', id: 'alice' },
        details: { status: 101, model: LIVE_MODEL, ended: 'complete' },
      });
      expect(keyText(line.details.key ?? '')).toBe(await projectOf(name));
      break;
    }
    expect(await proxy.auditText()).not.toContain(name.slice('auth_tokens/'.length));
  });

  it('begins as often as the token has uses, and resuming one is none', async () => {
    const name = await mint(proxy, { uses: 2 });
    const first = session(name);
    const handle = await first.handle();
    await session(name).open();
    const third = await session(name).begin();
    expect(await third.closed).toEqual([1008, SPENT]);
    await first.leave();
    const upgrades = proxy.emulator.requests.length;
    expect(await session(name).handle(handle)).not.toBe('');
    expect(proxy.emulator.requests).toHaveLength(upgrades + 1);
    expect(await (await session(name).begin()).closed).toEqual([1008, SPENT]);
  });

  it('begins once when several ask at the same time', async () => {
    const name = await mint(proxy);
    const asking = await Promise.all([session(name), session(name), session(name)].map((caller) => caller.begin()));
    const ends = await Promise.all(
      asking.map((caller) =>
        Promise.race([caller.closed, caller.hear(({ setupComplete }) => setupComplete !== undefined)]),
      ),
    );
    expect(ends.filter((end) => !Array.isArray(end))).toHaveLength(1);
    expect(ends.filter((end) => Array.isArray(end))).toEqual([
      [1008, SPENT],
      [1008, SPENT],
    ]);
  });

  it('costs no use when its setup is refused here', async () => {
    const name = await mint(proxy);
    const tools = [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/of-somebody'] } }];
    await Tenant.of(proxy, 'bob').then((bob) => outcomeOf(bob.generate([])));
    const refused = await session(name).begin({ tools });
    expect(await refused.closed).toEqual([1008, expect.stringContaining('does not exist, or is not yours')]);
    await session(name).open();
  });

  it('is closed when the token is revoked, and no other session', async () => {
    const [name, other] = [await mint(proxy, { uses: 2 }), await mint(proxy)];
    const [first, second] = [await session(name).open(), await session(name).open()];
    const bystanders = [await session(other).open(), await LiveCaller.withToken(proxy).open()];
    callers.push(...bystanders);
    const silent = await session(name).accepted();
    expect((await revoke(name)).status).toBe(200);
    expect(await Promise.all([first.closed, second.closed, silent.closed])).toEqual([
      [1008, REVOKED],
      [1008, REVOKED],
      [1008, REVOKED],
    ]);
    await proxy.emulator.waitFor((record) => record.path.includes('Constrained') && record.finished);
    for (const bystander of bystanders) await bystander.turn();
  });

  it('is forgotten when it ends', async () => {
    const name = await mint(proxy);
    const caller = await session(name).open();
    const [{ id } = { id: '' }] = await proxy.database.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ephemeral_token WHERE hash = encode(sha256($1), 'hex')`,
      [Buffer.from(name)],
    );
    const sessions = proxy.application.get(OpenSessions);
    expect(sessions.countOf(id)).toBe(1);
    await caller.leave();
    while (sessions.countOf(id) > 0) await new Promise(setImmediate);
  });

  it('is resumed after a restart, and the token outlives it too', async () => {
    const name = await mint(proxy, { uses: 2 });
    const handle = await session(name).handle();
    await proxy.restart();
    expect(await session(name).handle(handle)).not.toBe('');
    await session(name).open();
    await revoke(name);
    expect(await session(name).refusal()).toBe('401 token_revoked');
  });

  it('has the model of the token, whatever it asks for, and no fallback', async () => {
    const name = await mint(proxy, { uses: 3, bidiGenerateContentSetup: { model: 'models/voice' } });
    const caller = await session(name).open({ model: 'models/gemini-2.5-flash' });
    await caller.turn();
    expect(lastUpgrade()?.body).toContain(`"model":"models/${LIVE_MODEL}"`);
    proxy.emulator.script(
      { path: /Constrained/ },
      { kind: 'close', code: 1011, reason: 'Deadline expired', at: 'setup' },
    );
    expect((await (await session(name).begin()).closed)[0]).toBe(1011);
    const asked = proxy.emulator.requests.map(({ body }) => body ?? '').join('');
    expect(asked).not.toContain(MODEL);
  });

  it('never costs a key its good name, whatever upstream says of the token', async () => {
    const balancer = proxy.application.get(Balancer);
    for (const reason of [
      'Token has expired',
      'auth token has expired',
      'API key not valid. Please pass a valid API key.',
    ]) {
      const name = await mint(proxy);
      const before = proxy.emulator.requests.length;
      proxy.emulator.script({ path: /Constrained/ }, { kind: 'close', code: 1011, reason, at: 'setup' });
      expect(await (await session(name).begin()).closed).toEqual([1011, reason]);
      proxy.emulator.script.clear();
      expect(proxy.emulator.requests).toHaveLength(before + 1);
      expect(balancer.usable()).toBe(2);
    }
  });

  it('is nobody’s with a token of Google, or one that nobody minted', async () => {
    const ofGoogle = `auth_tokens/${'g'.repeat(64)}`;
    expect(await session(ofGoogle).refusal()).toBe('401 token_malformed');
    expect(await session(`auth_tokens/${'n'.repeat(43)}`).refusal()).toBe('401 token_invalid');
  });
});

describe('an ephemeral token where nobody must say who they are', () => {
  it('is minted and opens a session on its terms', async () => {
    const proxy = await ProxyHarness.start({ config: { auth: { enabled: false } } });
    const name = await mint(proxy, { uses: 1 });
    const caller = await LiveCaller.withEphemeral(proxy, name).open();
    await caller.leave();
    expect((await (await LiveCaller.withEphemeral(proxy, name).begin()).closed)[1]).toBe(SPENT);
    await proxy.stop();
  });
});
