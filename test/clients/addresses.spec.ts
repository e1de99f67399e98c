import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createGoogle } from '@ai-sdk/google';
import { GoogleGenAI, Modality } from '@google/genai';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';
import { generateText, uploadFile } from 'ai';
import { GoogleGenAI as GoogleGenAI130 } from 'genai-1.30';
import OpenAI from 'openai';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { expectOnlyTheUpstreamKey, LIVE_MODEL, TWO_CHUNKS_BYTES } from './client.fixtures.js';
import { LiveInbox } from './live.client.js';
import { TcpFront } from './tcp-front.js';

const PREFIX = '/gateway/gemini';

describe('clients behind a public address with a path prefix', () => {
  let front: TcpFront;
  let proxy: ProxyHarness;
  let baseUrl: string;
  beforeAll(async () => {
    front = await TcpFront.start();
    baseUrl = `${front.url}${PREFIX}`;
    proxy = await ProxyHarness.start({ config: { server: { port: 0, public_url: baseUrl } } });
    front.target = proxy.application.dataPort;
  });
  beforeEach(() => {
    front.takeRequests();
  });
  afterAll(async () => {
    await proxy.stop();
    await front.stop();
  });

  /** Paths of the requests since the last look. */
  const paths = (): string[] => front.takeRequests().map((head) => head.split(' ')[1] ?? '');

  it.each([
    ['3.x', GoogleGenAI, '/v1'],
    ['1.30', GoogleGenAI130, '/v1beta'],
  ] as const)(
    'lets @google/genai %s call, and keep the prefix for every chunk of an upload',
    async (_name, Client, v) => {
      const ai = new Client({ apiKey: proxy.token, httpOptions: { baseUrl } });
      const { text } = await ai.models.generateContent({ model: MODEL, contents: 'hello' });
      expect(text).toContain('hello');
      const blob = new Blob([Buffer.alloc(TWO_CHUNKS_BYTES, 'a')]);
      const file = await ai.files.upload({ file: blob, config: { mimeType: 'text/plain' } });
      expect(file.sizeBytes).toBe(String(TWO_CHUNKS_BYTES));
      const seen = paths();
      expect(seen).toHaveLength(4);
      expect(seen[0]).toBe(`${PREFIX}${v}/models/${MODEL}:generateContent`);
      expect(seen[1]).toBe(`${PREFIX}/upload${v}/files`);
      for (const chunk of seen.slice(2)) {
        expect(chunk.startsWith(`${PREFIX}/upload${v}/files?upload_id=`)).toBe(true);
      }
      expectOnlyTheUpstreamKey(proxy);
    },
  );

  it('lets the AI SDK upload, and send the bytes without any credential', async () => {
    const google = createGoogle({ apiKey: proxy.token, baseURL: `${baseUrl}/v1beta` });
    await uploadFile({ api: google.files(), data: Buffer.from('some words'), mediaType: 'text/plain' });
    const [start, chunk] = front.takeRequests();
    expect(start).toContain(`x-goog-api-key: ${proxy.token}`);
    expect(chunk).toMatch(new RegExp(`^POST ${PREFIX}/upload/v1beta/files\\?upload_id=`));
    expect(chunk).not.toMatch(/x-goog-api-key|authorization/i);
    expect(chunk).not.toContain(proxy.token);
  });

  it('lets a Live session of @google/genai open with the token in its query', async () => {
    const inbox = new LiveInbox();
    const ai = new GoogleGenAI({ apiKey: proxy.token, httpOptions: { baseUrl } });
    const config = { responseModalities: [Modality.TEXT] };
    const session = await ai.live.connect({ model: LIVE_MODEL, config, callbacks: inbox.callbacks });
    session.sendClientContent({ turns: 'hello' });
    await inbox.first(({ serverContent }) => serverContent?.turnComplete);
    session.close();
    await inbox.closed;
    const [handshake] = front.takeRequests();
    expect(handshake).toContain(`GenerativeService.BidiGenerateContent?key=${proxy.token} `);
    expect(handshake?.startsWith(`GET ${PREFIX}/ws/`)).toBe(true);
    expect(handshake).not.toMatch(/x-goog-api-key|authorization/i);
    expectOnlyTheUpstreamKey(proxy);
  });

  it('lets the OpenAI SDK call with the token as a bearer token', async () => {
    const openai = new OpenAI({ apiKey: proxy.token, baseURL: `${baseUrl}/openai/v1` });
    const { data } = await openai.models.list();
    expect(data.length).toBeGreaterThan(0);
    const [head] = front.takeRequests();
    expect(head?.startsWith(`GET ${PREFIX}/openai/v1/models`)).toBe(true);
    expect(head?.toLowerCase()).toContain(`authorization: bearer ${proxy.token.toLowerCase()}`);
    expect(head).not.toMatch(/x-goog-api-key/i);
  });

  it('lets the AI SDK and LangChain call with the token in the header', async () => {
    const google = createGoogle({ apiKey: proxy.token, baseURL: `${baseUrl}/v1beta` });
    expect((await generateText({ model: google(MODEL), prompt: 'hello' })).text).toContain('hello');
    const chat = new ChatGoogleGenerativeAI({ apiKey: proxy.token, baseUrl, model: MODEL });
    expect((await chat.invoke('hello')).text).toContain('hello');
    const heads = front.takeRequests();
    expect(heads).toHaveLength(2);
    for (const head of heads) {
      expect(head.startsWith(`POST ${PREFIX}/v1beta/models/${MODEL}:generateContent`)).toBe(true);
      expect(head.toLowerCase()).toContain(`x-goog-api-key: ${proxy.token.toLowerCase()}`);
    }
  });
});

describe('a Live session without a prefix', () => {
  let front: TcpFront;
  let proxy: ProxyHarness;
  beforeAll(async () => {
    front = await TcpFront.start();
    proxy = await ProxyHarness.start();
    front.target = proxy.application.dataPort;
  });
  afterAll(async () => {
    await proxy.stop();
    await front.stop();
  });

  it('opens although @google/genai writes its path with two slashes', async () => {
    const inbox = new LiveInbox();
    const ai = new GoogleGenAI({ apiKey: proxy.token, httpOptions: { baseUrl: front.url } });
    const session = await ai.live.connect({ model: LIVE_MODEL, callbacks: inbox.callbacks });
    session.close();
    await inbox.closed;
    expect(front.takeRequests()[0]?.startsWith('GET //ws/google.ai.generativelanguage.v1.')).toBe(true);
  });
});
