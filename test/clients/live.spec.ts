import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GoogleGenAI, Modality, type Session } from '@google/genai';
import { GoogleGenAI as GoogleGenAI130, Modality as Modality130, type Session as Session130 } from 'genai-1.30';
import { type AuditedCall, ProxyHarness } from '../support/proxy.harness.js';
import { expectOnlyTheUpstreamKey, LIVE_MODEL, WEATHER_PARAMETERS, WEATHER_QUESTION } from './client.fixtures.js';
import { LiveInbox } from './live.client.js';

const TOOLS = [
  {
    functionDeclarations: [
      { name: 'get_weather', description: 'The weather of a city', parametersJsonSchema: WEATHER_PARAMETERS },
    ],
  },
];

interface Connect {
  readonly name: string;
  /** Whether `connect` rejects when the session could not be set up; 1.30 tells only its callbacks. */
  readonly rejects: boolean;
  readonly connect: (url: string, apiKey: string, model: string, inbox: LiveInbox) => Promise<Session | Session130>;
}

const CLIENTS: readonly Connect[] = [
  {
    name: '@google/genai 3.x',
    rejects: true,
    connect: (baseUrl, apiKey, model, { callbacks }) => {
      const config = { responseModalities: [Modality.TEXT], tools: TOOLS };
      return new GoogleGenAI({ apiKey, httpOptions: { baseUrl } }).live.connect({ model, config, callbacks });
    },
  },
  {
    name: '@google/genai 1.30',
    rejects: false,
    connect: (baseUrl, apiKey, model, { callbacks }) => {
      const config = { responseModalities: [Modality130.TEXT], tools: TOOLS };
      return new GoogleGenAI130({ apiKey, httpOptions: { baseUrl } }).live.connect({ model, config, callbacks });
    },
  },
];

describe.each(CLIENTS)('a Live session of $name with only its base URL and key changed', ({ rejects, connect }) => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  afterEach(() => {
    proxy.emulator.script.clear();
  });
  afterAll(() => proxy.stop());

  /** Opens a session that is expected to fail; resolves when the client was told. */
  async function failing(inbox: LiveInbox, apiKey: string, model = LIVE_MODEL): Promise<Error | undefined> {
    const opening = connect(proxy.url, apiKey, model, inbox).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    await inbox.closed;
    return rejects ? opening : undefined;
  }

  it('answers a turn, piece by piece, with its usage', async () => {
    const inbox = new LiveInbox();
    const session = await connect(proxy.url, proxy.token, LIVE_MODEL, inbox);
    session.sendClientContent({ turns: 'hello' });
    const last = await inbox.first(({ serverContent }) => serverContent?.turnComplete);
    expect(inbox.messages[0]).toHaveProperty('setupComplete');
    expect(inbox.text).toContain('hello');
    expect(last.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
    session.sendRealtimeInput({ text: 'and now this' });
    await inbox.first(() => inbox.text.includes('and now this'));
    session.close();
    await inbox.closed;
    expectOnlyTheUpstreamKey(proxy);
  });

  it('settles a session that the client closed as complete, with the tokens of its turn', async () => {
    const inbox = new LiveInbox();
    const session = await connect(proxy.url, proxy.token, LIVE_MODEL, inbox);
    const upstream = proxy.emulator.requests.at(-1);
    const before = (await proxy.auditedCalls()).length;
    session.sendClientContent({ turns: 'hello' });
    const turn = await inbox.first(({ serverContent }) => serverContent?.turnComplete);
    session.close();
    await inbox.closed;
    await proxy.emulator.waitFor((record) => record === upstream && (record.finished || record.aborted));
    expect(upstream).toMatchObject({ finished: true, aborted: false });
    const line = await auditedAfter(proxy, before);
    expect(line).toMatchObject({ result: 'Success', details: { status: 101, ended: 'complete', model: LIVE_MODEL } });
    const { input = 0, output = 0, thoughts = 0 } = line.details.tokens ?? {};
    expect(input + output + thoughts).toBe(turn.usageMetadata?.totalTokenCount);
  });

  it('calls a function and goes on with its result', async () => {
    const inbox = new LiveInbox();
    const session = await connect(proxy.url, proxy.token, LIVE_MODEL, inbox);
    session.sendClientContent({ turns: WEATHER_QUESTION });
    const { toolCall } = await inbox.first((message) => message.toolCall);
    const [call] = toolCall?.functionCalls ?? [];
    expect(call).toMatchObject({ name: 'get_weather' });
    session.sendToolResponse({ functionResponses: { id: call?.id, name: call?.name, response: { sky: 'clear' } } });
    await inbox.first(({ serverContent }) => serverContent?.turnComplete);
    expect(inbox.text).not.toBe('');
    session.close();
    await inbox.closed;
  });

  it('reads messages that Google sends as binary frames', async () => {
    proxy.emulator.script({ path: /\/ws\// }, { kind: 'live', binary: true });
    const inbox = new LiveInbox();
    const session = await connect(proxy.url, proxy.token, LIVE_MODEL, inbox);
    session.sendClientContent({ turns: 'hello' });
    await inbox.first(({ serverContent }) => serverContent?.turnComplete);
    expect(inbox.text).toContain('hello');
    session.close();
    await inbox.closed;
  });

  it('hears of a bad token before the session opens', async () => {
    const inbox = new LiveInbox();
    const error = await failing(inbox, 'not-a-token');
    expect(inbox.errors.join()).toContain('401');
    if (rejects) expect(error?.message).toContain('401');
  });

  it('hears of a model that does not exist in the words of upstream', async () => {
    const inbox = new LiveInbox();
    const error = await failing(inbox, proxy.token, 'gemini-none');
    const { code, reason } = await inbox.closed;
    expect(code).toBe(1008);
    expect(reason).toContain('models/gemini-none is not found');
    if (rejects) expect(error?.message).toContain('models/gemini-none is not found');
  });

  it('hears the code and the reason with which upstream ends a session', async () => {
    const reason = 'Deadline expired before operation could complete.';
    proxy.emulator.script({ path: /\/ws\// }, { kind: 'close', code: 1011, reason, at: 'mid_turn' });
    const inbox = new LiveInbox();
    const session = await connect(proxy.url, proxy.token, LIVE_MODEL, inbox);
    session.sendClientContent({ turns: 'hello' });
    expect(await inbox.closed).toEqual({ code: 1011, reason });
    expect(inbox.text).not.toBe('');
  });

  it('hears that the connection to upstream was lost', async () => {
    proxy.emulator.script({ path: /\/ws\// }, { kind: 'reset', at: 200 });
    const inbox = new LiveInbox();
    const session = await connect(proxy.url, proxy.token, LIVE_MODEL, inbox);
    session.sendClientContent({ turns: 'hello' });
    const { code, reason } = await inbox.closed;
    expect(code).toBe(1011);
    expect(reason).toMatch(/lost/);
  });
});

/** The audit line that follows the first `count`; it may be written a moment after the client has seen the end. */
async function auditedAfter(proxy: ProxyHarness, count: number): Promise<AuditedCall> {
  for (;;) {
    const line = (await proxy.auditedCalls())[count];
    if (line) return line;
  }
}
