import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError, createPartFromUri, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
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

describe('@google/genai 3.x with only its base URL and key changed', () => {
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
    expect(answer.modelVersion).toBe(MODEL);
    expect(answer.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
    expect(proxy.emulator.requests.at(-1)?.path).toBe(`/v1/models/${MODEL}:generateContent`);
    expectOnlyTheUpstreamKey(proxy);
  });

  it('is pointed at the proxy by its environment variables as well', async () => {
    process.env['GOOGLE_GEMINI_BASE_URL'] = proxy.url;
    process.env['GEMINI_API_KEY'] = proxy.token;
    try {
      const answer = await new GoogleGenAI({}).models.generateContent({ model: MODEL, contents: 'hello' });
      expect(answer.text).toContain('hello');
    } finally {
      delete process.env['GOOGLE_GEMINI_BASE_URL'];
      delete process.env['GEMINI_API_KEY'];
    }
  });

  it('streams the answer in several chunks that together say what the unary answer says', async () => {
    const whole = await ai.models.generateContent({ model: MODEL, contents: 'tell me a story' });
    const chunks = await collect(await ai.models.generateContentStream({ model: MODEL, contents: 'tell me a story' }));
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.map((chunk) => chunk.text ?? '').join('')).toBe(whole.text);
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP');
  });

  it('calls a function and gives its result back, unary and in a stream', async () => {
    const config = { tools: TOOLS };
    const question = { role: 'user', parts: [{ text: WEATHER_QUESTION }] };
    const first = await ai.models.generateContent({ model: MODEL, contents: [question], config });
    expect(first.functionCalls).toMatchObject([{ name: 'get_weather', args: { city: expect.any(String) } }]);
    const result = { functionResponse: { name: 'get_weather', response: { sky: 'clear' } } };
    const asked = { role: 'model', parts: first.candidates?.[0]?.content?.parts ?? [] };
    const contents = [question, asked, { role: 'user', parts: [result] }];
    const second = await ai.models.generateContent({ model: MODEL, contents, config });
    expect(second.functionCalls).toBeUndefined();
    expect(second.text).not.toBe('');
    const forced = {
      tools: TOOLS,
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
    };
    const streamed = await collect(
      await ai.models.generateContentStream({ model: MODEL, contents: 'go on', config: forced }),
    );
    expect(streamed.flatMap((chunk) => chunk.functionCalls ?? [])).toMatchObject([{ name: 'get_weather' }]);
  });

  it('embeds one text and several', async () => {
    const one = await ai.models.embedContent({ model: EMBEDDING_MODEL, contents: 'a text' });
    expect(one.embeddings?.[0]?.values?.length).toBeGreaterThan(0);
    const several = await ai.models.embedContent({ model: 'gemini-embedding-001', contents: ['a text', 'another'] });
    expect(several.embeddings).toHaveLength(2);
  });

  it('counts tokens', async () => {
    const { totalTokens } = await ai.models.countTokens({ model: MODEL, contents: 'how many tokens are these' });
    expect(totalTokens).toBeGreaterThan(0);
  });

  it('lists the models page by page and gets one', async () => {
    const models = await collect(await ai.models.list({ config: { pageSize: 5 } }));
    expect(models.length).toBeGreaterThan(5);
    expect(models.map(({ name }) => name)).toContain(`models/${MODEL}`);
    expect((await ai.models.get({ model: MODEL })).name).toBe(`models/${MODEL}`);
  });

  it('makes, uses, lists and deletes a cache', async () => {
    const contents = [{ role: 'user', parts: [{ text: 'a long document '.repeat(400) }] }];
    const cache = await ai.caches.create({ model: MODEL, config: { contents, ttl: '300s' } });
    const config = { cachedContent: cache.name };
    const answer = await ai.models.generateContent({ model: MODEL, contents: 'summarise it', config });
    expect(answer.usageMetadata?.cachedContentTokenCount).toBeGreaterThan(0);
    const caches = await collect(await ai.caches.list());
    expect(caches.map(({ name }) => name)).toEqual([cache.name]);
    await ai.caches.delete({ name: cache.name ?? '' });
    expect(await collect(await ai.caches.list())).toEqual([]);
  });

  it('uploads a file in chunks, uses it in a prompt, lists and deletes it', async () => {
    const bytes = Buffer.alloc(TWO_CHUNKS_BYTES, 'a');
    const file = await ai.files.upload({ file: new Blob([bytes]), config: { mimeType: 'text/plain' } });
    expect(file).toMatchObject({ sizeBytes: String(TWO_CHUNKS_BYTES), mimeType: 'text/plain', state: 'ACTIVE' });
    const chunks = proxy.emulator.requests.filter(({ path }) => path.includes('upload_id='));
    expect(chunks.map(({ bodyBytes }) => bodyBytes)).toEqual([TWO_CHUNKS_BYTES - 1, 1]);
    const contents = ['what does it say?', createPartFromUri(file.uri ?? '', 'text/plain')];
    const answer = await ai.models.generateContent({ model: MODEL, contents });
    expect(answer.usageMetadata?.promptTokenCount).toBeGreaterThan(500);
    const name = file.name ?? '';
    expect((await ai.files.get({ name })).uri).toBe(file.uri);
    expect((await collect(await ai.files.list())).map((listed) => listed.name)).toEqual([name]);
    await ai.files.delete({ name });
    const gone = await thrownBy(ai.models.generateContent({ model: MODEL, contents }));
    expect(gone).toMatchObject({ status: 403 });
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

  it('reads when to try again after a quota has run out', async () => {
    const model = 'gemini-3.6-flash';
    const error429 = { code: 429, message: 'You exceeded your current quota. Please retry in 51.386192716s.' };
    const body429 = JSON.stringify({ error: { ...error429, status: 'RESOURCE_EXHAUSTED' } });
    proxy.emulator.script(
      { model: /^gemini-3.6-flash$/ },
      { kind: 'answer', status: 429, body: body429 },
      { times: 1 },
    );
    await thrownBy(ai.models.generateContent({ model, contents: 'hello' }));
    const error = await thrownBy(ai.models.generateContent({ model, contents: 'hello' }));
    expect(error).toMatchObject({ status: 429 });
    const body = JSON.parse(error.message) as { error: { status: string; details: unknown[] } };
    expect(body.error.status).toBe('RESOURCE_EXHAUSTED');
    expect(body.error.details).toContainEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: expect.stringMatching(/^[1-9]\d*s$/),
    });
  });

  it.each(UPSTREAM_ERRORS)('reads $status of upstream ($error)', async ({ error: name, model, status, says }) => {
    proxy.emulator.script({ model: new RegExp(`^${model}$`) }, { kind: 'error', error: name });
    const error = await thrownBy(ai.models.generateContent({ model, contents: 'hello' }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, message: expect.stringContaining(says) });
  });
});
