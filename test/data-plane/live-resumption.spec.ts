import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyText, ProxyHarness } from '../support/proxy.harness.js';
import { LIVE_MODEL, LiveCaller, livePath, mint } from './live.fixtures.js';
import { outcomeOf, Tenant } from './ownership.fixtures.js';

const UNKNOWN = 'The session to resume is unknown, over or not yours. Begin a new one, without a handle.';
const OTHER_PROJECT = 'The session belongs to another project than the token. Resume it with the token that began it.';

describe('a Live session that can be resumed', () => {
  let proxy: ProxyHarness;
  const callers: LiveCaller[] = [];
  beforeEach(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'] });
  });
  afterEach(async () => {
    for (const caller of callers.splice(0)) caller.drop();
    await proxy.stop();
  });

  const kept = (caller: LiveCaller): LiveCaller => {
    callers.push(caller);
    return caller;
  };
  const session = (token = proxy.token): LiveCaller => kept(LiveCaller.withToken(proxy, token));
  /** One straight to Google, with a key of its own. */
  const foreign = (keyId: string): LiveCaller =>
    kept(new LiveCaller(proxy.emulator, livePath(), { 'x-goog-api-key': keyText(keyId) }));
  const lastUpgrade = () => proxy.emulator.requests.filter(({ path }) => path.startsWith('/ws/')).at(-1);
  const resume = (handle: string, token?: string): Promise<LiveCaller> =>
    session(token).begin({ sessionResumption: { handle } });

  it('goes on in its project, with the handle of Google, which its caller never sees', async () => {
    for (let round = 0; round < 4; round += 1) {
      const handle = await session().handle();
      const project = lastUpgrade()?.project;
      await session().open();
      expect(await session().handle(handle)).not.toBe(handle);
      expect(lastUpgrade()?.project).toBe(project);
      expect(lastUpgrade()?.body).not.toContain(handle);
      expect(lastUpgrade()?.body).toMatch(/"sessionResumption":\{"handle":"[\w-]{40}"\}/);
    }
  });

  it('tells its handles in frames of either kind, between which nothing else changes', async () => {
    proxy.emulator.script({ path: /\/ws\// }, { kind: 'live', binary: true });
    const caller = session();
    const handle = await caller.handle();
    await caller.turn();
    const kinds = caller.messages.map((message) => Object.keys(message)[0]);
    expect(kinds.slice(0, 2)).toEqual(['setupComplete', 'sessionResumptionUpdate']);
    expect(kinds.slice(2)).toContain('serverContent');
    expect(await session().handle(handle)).not.toBe('');
  });

  it('reads the handle in the spelling of Python', async () => {
    const handle = await session().handle();
    const project = lastUpgrade()?.project;
    await session().open({ session_resumption: { handle } });
    expect(lastUpgrade()).toMatchObject({ project, body: expect.not.stringContaining(handle) });
  });

  it('is for its own client alone, and refused before upstream is asked', async () => {
    const bob = await proxy.tokenFor('bob');
    const handle = await session().handle();
    const altered = `${handle.slice(0, -2)}${handle.endsWith('A') ? 'B' : 'A'}${handle.slice(-1)}`;
    const before = proxy.emulator.requests.length;
    expect(await (await resume(handle, bob)).closed).toEqual([1008, UNKNOWN]);
    expect(await (await resume(altered)).closed).toEqual([1008, UNKNOWN]);
    expect(await (await resume(`${handle}x`)).closed).toEqual([1008, UNKNOWN]);
    expect(proxy.emulator.requests).toHaveLength(before);
    await session().handle(handle);
  });

  it('is resumed with an ephemeral token of the same client', async () => {
    const [name, other] = [await mint(proxy, { uses: 5 }), await mint(proxy, { uses: 5 })];
    const [here, there] = [kept(LiveCaller.withEphemeral(proxy, name)), kept(LiveCaller.withEphemeral(proxy, other))];
    const handle = await here.handle();
    await there.open();
    expect(await session().handle(handle)).not.toBe('');
    expect(await kept(LiveCaller.withEphemeral(proxy, name)).handle(handle)).not.toBe('');
    // The keys take turns, so the second token is one of the other project.
    const stranger = kept(LiveCaller.withEphemeral(proxy, other));
    expect(await (await stranger.begin({ sessionResumption: { handle } })).closed).toEqual([1007, OTHER_PROJECT]);
  });

  it('keeps its model when it went to a fallback', async () => {
    await proxy.stop();
    const gemini = {
      fallbacks: { 'gemini-none': [LIVE_MODEL] },
      retry: { max_attempts: 1, backoff: { base: '1ms', max: '1ms' } },
    };
    proxy = await ProxyHarness.start({ config: { gemini } });
    const reason = 'This model is currently experiencing high demand.';
    proxy.emulator.script({ path: /\/ws\// }, { kind: 'close', code: 1011, reason, at: 'open' }, { times: 1 });
    const model = 'models/gemini-none';
    const first = await session().open({ model, sessionResumption: {} });
    const told = await first.hear(({ sessionResumptionUpdate }) => sessionResumptionUpdate !== undefined);
    await session().open({ model, sessionResumption: { handle: told.sessionResumptionUpdate?.newHandle } });
    expect(lastUpgrade()?.body).toContain(`"model":"models/${LIVE_MODEL}"`);
  });

  it('was begun elsewhere: a single client resumes it, in whichever project it is', async () => {
    for (const keyId of ['a', 'b']) {
      const handle = await foreign(keyId).handle();
      expect(await session().handle(handle)).not.toBe('');
      expect(lastUpgrade()).toMatchObject({ project: keyText(keyId), body: expect.stringContaining(handle) });
    }
  });

  it('was begun elsewhere: one of several clients does not resume it', async () => {
    const handle = await foreign('a').handle();
    await outcomeOf((await Tenant.of(proxy, 'bob')).generate([]));
    await outcomeOf((await Tenant.of(proxy, 'carol')).generate([]));
    const before = proxy.emulator.requests.length;
    const [code, reason] = await (await resume(handle)).closed;
    expect([code, reason]).toEqual([1008, expect.stringContaining('Begin anew without it')]);
    expect(proxy.emulator.requests).toHaveLength(before);
  });

  it('is unknown to Google: its words reach the caller, and nobody is penalised', async () => {
    expect(await (await resume('nobody-has-this')).closed).toEqual([1008, 'BidiGenerateContent session not found']);
    expect(proxy.emulator.requests.map(({ project }) => project).sort()).toEqual([keyText('a'), keyText('b')]);
    await (await session().open()).turn();
  });

  it('cannot be two at a time', async () => {
    const handle = await session().handle();
    const both = await session().begin({ sessionResumption: { handle }, session_resumption: { handle } });
    expect((await both.closed)[0]).toBe(1007);
  });

  it('is begun by an empty handle', async () => {
    await session().open({ sessionResumption: { handle: '' } });
    await session().open({ sessionResumption: { handle: null } });
  });

  it('goes on after a restart', async () => {
    const handle = await session().handle();
    const project = lastUpgrade()?.project;
    await proxy.restart();
    await session().handle(handle);
    expect(lastUpgrade()?.project).toBe(project);
  });
});
