import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { GoogleGenAI, Modality, type Session } from '@google/genai';
import { keyText, ProxyHarness } from '../support/proxy.harness.js';
import { LIVE_MODEL, thrownBy } from './client.fixtures.js';
import { LiveInbox } from './live.client.js';

const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

/** A server mints with its client token, a browser has nothing but the ephemeral one: both with only a base URL changed. */
describe('ephemeral tokens of @google/genai 3.x', () => {
  let proxy: ProxyHarness;
  const sessions: Session[] = [];
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'], config: { gemini: { aliases: { voice: LIVE_MODEL } } } });
    // The SDK says at every session that these tokens are experimental.
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => {
    for (const session of sessions.splice(0)) session.close();
    proxy.emulator.reset();
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await proxy.stop();
  });

  const clientWith = (apiKey: string): GoogleGenAI =>
    new GoogleGenAI({ apiKey, httpOptions: { baseUrl: proxy.url, apiVersion: 'v1alpha' } });
  const mint = async (config: Parameters<GoogleGenAI['authTokens']['create']>[0]['config'] = {}): Promise<string> =>
    (await clientWith(proxy.token).authTokens.create({ config })).name ?? '';
  const connect = async (token: string, inbox = new LiveInbox(), handle?: string): Promise<LiveInbox> => {
    const config = { responseModalities: [Modality.TEXT], sessionResumption: { handle } };
    const { callbacks } = inbox;
    sessions.push(await clientWith(token).live.connect({ model: 'voice', config, callbacks }));
    return inbox;
  };

  it('open sessions, which go on by their handles, and nothing else', async () => {
    const token = await mint({ uses: 1, expireTime: inMinutes(10), newSessionExpireTime: inMinutes(2) });
    const inbox = await connect(token);
    sessions[0]?.sendClientContent({ turns: 'hello' });
    await inbox.first(({ serverContent }) => serverContent?.turnComplete);
    expect(inbox.text).toContain('hello');
    const told = inbox.messages.find(({ sessionResumptionUpdate }) => sessionResumptionUpdate !== undefined);
    const resumed = await connect(token, new LiveInbox(), told?.sessionResumptionUpdate?.newHandle);
    sessions[1]?.sendClientContent({ turns: 'and again' });
    await resumed.first(({ serverContent }) => serverContent?.turnComplete);
    const refused = await thrownBy(connect(token));
    expect(refused.message).toContain('begins no further session');
    for (const { path, project, headers } of proxy.emulator.requests) {
      if (!path.startsWith('/ws/')) continue;
      expect(path).toMatch(/BidiGenerateContentConstrained\?access_token=/);
      expect([keyText('a'), keyText('b')]).toContain(project);
      expect(headers['x-goog-api-key']).toBeUndefined();
      expect(path).not.toContain(token.slice('auth_tokens/'.length));
    }
  });

  it('hold sessions to their constraints', async () => {
    const token = await mint({
      liveConnectConstraints: { model: 'voice', config: { responseModalities: [Modality.TEXT], temperature: 0.5 } },
      lockAdditionalFields: ['topP'],
    });
    expect(JSON.parse(proxy.emulator.requests.at(-1)?.body ?? '{}')).toMatchObject({
      bidiGenerateContentSetup: { model: `models/${LIVE_MODEL}`, generationConfig: { temperature: 0.5 } },
      fieldMask: expect.stringContaining('model'),
    });
    const inbox = await connect(token);
    sessions[0]?.sendClientContent({ turns: 'hello' });
    await inbox.first(({ serverContent }) => serverContent?.turnComplete);
  });

  it('are refused with a reason when they ask for too much', async () => {
    const error = await thrownBy(mint({ uses: 1_000 }));
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining('uses must be a whole number') });
  });

  it('close their sessions when they are revoked', async () => {
    const token = await mint();
    const inbox = await connect(token);
    const revoked = await proxy.fetch(`/v1alpha/${token}`, { method: 'DELETE' });
    expect(revoked.status).toBe(200);
    expect(await inbox.closed).toEqual({ code: 1008, reason: expect.stringContaining('was revoked') });
    expect((await thrownBy(connect(token))).message).toContain('401');
  });
});
