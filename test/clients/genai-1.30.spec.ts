import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError, createPartFromUri, GoogleGenAI } from 'genai-1.30';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import {
  collect,
  EMBEDDING_MODEL,
  expectOnlyTheUpstreamKey,
  thrownBy,
  TWO_CHUNKS_BYTES,
  UPSTREAM_ERRORS,
  WEATHER_PARAMETERS,
  WEATHER_QUESTION,
} from './client.fixtures.js';

const TOOLS = [
  {
    functionDeclarations: [
      { name: 'get_weather', description: 'The weather of a city', parametersJsonSchema: WEATHER_PARAMETERS },
    ],
  },
];

describe('@google/genai 1.30 with only its base URL and key changed', () => {
  let proxy: ProxyHarness;
  let ai: GoogleGenAI;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
    ai = new GoogleGenAI({ apiKey: proxy.token, httpOptions: { baseUrl: proxy.url } });
  });
  afterAll(() => proxy.stop());

  it('gets an answer with its usage, under the version that it speaks', async () => {
    const answer = await ai.models.generateContent({ model: MODEL, contents: 'hello' });
    expect(answer.text).toContain('hello');
    expect(answer.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
    expect(proxy.emulator.requests.at(-1)?.path).toBe(`/v1beta/models/${MODEL}:generateContent`);
    expectOnlyTheUpstreamKey(proxy);
  });

  it('streams the answer in several chunks that together say what the unary answer says', async () => {
    const whole = await ai.models.generateContent({ model: MODEL, contents: 'tell me a story' });
    const chunks = await collect(await ai.models.generateContentStream({ model: MODEL, contents: 'tell me a story' }));
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.map((chunk) => chunk.text ?? '').join('')).toBe(whole.text);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP');
  });

  it('calls a function in a chat and gives its result back', async () => {
    const chat = ai.chats.create({ model: MODEL, config: { tools: TOOLS } });
    const first = await chat.sendMessage({ message: WEATHER_QUESTION });
    expect(first.functionCalls).toMatchObject([{ name: 'get_weather', args: { city: expect.any(String) } }]);
    const result = { functionResponse: { name: 'get_weather', response: { sky: 'clear' } } };
    const second = await chat.sendMessage({ message: [result] });
    expect(second.functionCalls).toBeUndefined();
    expect(second.text).not.toBe('');
  });

  it('embeds, counts tokens and lists models', async () => {
    const { embeddings } = await ai.models.embedContent({ model: EMBEDDING_MODEL, contents: ['a text', 'another'] });
    expect(embeddings?.[0]?.values?.length).toBeGreaterThan(0);
    const { totalTokens } = await ai.models.countTokens({ model: MODEL, contents: 'how many tokens are these' });
    expect(totalTokens).toBeGreaterThan(0);
    const models = await collect(await ai.models.list({ config: { pageSize: 5 } }));
    expect(models.map(({ name }) => name)).toContain(`models/${MODEL}`);
  });

  it('makes a cache and uses it', async () => {
    const contents = [{ role: 'user', parts: [{ text: 'a long document '.repeat(400) }] }];
    const cache = await ai.caches.create({ model: MODEL, config: { contents, ttl: '300s' } });
    const config = { cachedContent: cache.name };
    const answer = await ai.models.generateContent({ model: MODEL, contents: 'summarise it', config });
    expect(answer.usageMetadata?.cachedContentTokenCount).toBeGreaterThan(0);
  });

  it('uploads a file in chunks, uses it in a prompt and deletes it', async () => {
    const bytes = Buffer.alloc(TWO_CHUNKS_BYTES, 'a');
    const file = await ai.files.upload({ file: new Blob([bytes]), config: { mimeType: 'text/plain' } });
    expect(file).toMatchObject({ sizeBytes: String(TWO_CHUNKS_BYTES), mimeType: 'text/plain', state: 'ACTIVE' });
    const chunks = proxy.emulator.requests.filter(({ path }) => path.includes('upload_id='));
    expect(chunks.map(({ bodyBytes }) => bodyBytes)).toEqual([TWO_CHUNKS_BYTES - 1, 1]);
    const contents = ['what does it say?', createPartFromUri(file.uri ?? '', 'text/plain')];
    const answer = await ai.models.generateContent({ model: MODEL, contents });
    expect(answer.usageMetadata?.promptTokenCount).toBeGreaterThan(500);
    await ai.files.delete({ name: file.name ?? '' });
    expect(await thrownBy(ai.models.generateContent({ model: MODEL, contents }))).toMatchObject({ status: 403 });
    expectOnlyTheUpstreamKey(proxy);
  });

  it('hears of a bad token as its own error, with words that tell what to do', async () => {
    const stranger = new GoogleGenAI({ apiKey: 'not-a-token', httpOptions: { baseUrl: proxy.url } });
    const unary = await thrownBy(stranger.models.generateContent({ model: MODEL, contents: 'hello' }));
    const stream = await thrownBy(stranger.models.generateContentStream({ model: MODEL, contents: 'hello' }));
    for (const error of [unary, stream]) {
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status: 401 });
      const { error: body } = JSON.parse(error.message) as { error: { status: string; message: string } };
      expect(body.status).toBe('UNAUTHENTICATED');
      expect(body.message).toMatch(/token/i);
    }
  });

  it.each(UPSTREAM_ERRORS)('reads $status of upstream ($error)', async ({ error: name, model, status, says }) => {
    proxy.emulator.script({ model: new RegExp(`^${model}$`) }, { kind: 'error', error: name });
    const error = await thrownBy(ai.models.generateContent({ model, contents: 'hello' }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, message: expect.stringContaining(says) });
  });
});
