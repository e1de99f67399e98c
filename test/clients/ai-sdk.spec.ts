import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGoogle } from '@ai-sdk/google';
import {
  APICallError,
  embed,
  embedMany,
  generateText,
  jsonSchema,
  stepCountIs,
  streamText,
  tool,
  uploadFile,
} from 'ai';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import {
  collect,
  EMBEDDING_MODEL,
  expectOnlyTheUpstreamKey,
  thrownBy,
  UPSTREAM_ERRORS,
  WEATHER_PARAMETERS,
  WEATHER_QUESTION,
} from './client.fixtures.js';

const asked: string[] = [];
const tools = {
  get_weather: tool({
    description: 'The weather of a city',
    inputSchema: jsonSchema<{ city: string }>(WEATHER_PARAMETERS),
    execute: ({ city }) => {
      asked.push(city);
      return { sky: 'clear' };
    },
  }),
};

describe('@ai-sdk/google with only its base URL and key changed', () => {
  let proxy: ProxyHarness;
  let google: ReturnType<typeof createGoogle>;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
    google = createGoogle({ apiKey: proxy.token, baseURL: `${proxy.url}/v1beta` });
  });
  afterAll(() => proxy.stop());

  it('gets an answer with its usage', async () => {
    const answer = await generateText({ model: google(MODEL), prompt: 'hello' });
    expect(answer.text).toContain('hello');
    expect(answer.usage.totalTokens).toBeGreaterThan(0);
    expect(answer.finishReason).toBe('stop');
    expectOnlyTheUpstreamKey(proxy);
  });

  it('streams the answer in several pieces that together say what the unary answer says', async () => {
    const { text } = await generateText({ model: google(MODEL), prompt: 'tell me a story' });
    const result = streamText({ model: google(MODEL), prompt: 'tell me a story' });
    const pieces = await collect(result.textStream);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(text);
    expect((await result.usage).totalTokens).toBeGreaterThan(0);
  });

  it('calls a tool and goes on with its result, unary and in a stream', async () => {
    const options = { model: google(MODEL), prompt: WEATHER_QUESTION, tools, stopWhen: stepCountIs(3) };
    const answer = await generateText(options);
    expect(answer.steps).toHaveLength(2);
    expect(answer.text).not.toBe('');
    const streamed = streamText(options);
    expect((await collect(streamed.textStream)).join('')).not.toBe('');
    expect(await streamed.steps).toHaveLength(2);
    expect(asked).toHaveLength(2);
  });

  it('embeds one text and several', async () => {
    const model = google.embedding(EMBEDDING_MODEL);
    expect((await embed({ model, value: 'a text' })).embedding.length).toBeGreaterThan(0);
    expect((await embedMany({ model, values: ['a text', 'another'] })).embeddings).toHaveLength(2);
  });

  it('uploads a file, whose bytes it sends without a credential, and uses it in a prompt', async () => {
    const data = Buffer.from('some words of a document');
    const { providerReference } = await uploadFile({ api: google.files(), data, mediaType: 'text/plain' });
    const chunk = proxy.emulator.requests.find(({ path }) => path.includes('upload_id='));
    expect(chunk?.bodyBytes).toBe(data.length);
    const file = { type: 'file', data: providerReference, mediaType: 'text/plain' } as const;
    const content = [{ type: 'text', text: 'what does it say?' } as const, file];
    const answer = await generateText({ model: google(MODEL), messages: [{ role: 'user', content }] });
    expect(answer.usage.inputTokens).toBeGreaterThan(500);
    expectOnlyTheUpstreamKey(proxy);
  });

  it('hears of a bad token as its own error, with words that tell what to do', async () => {
    const stranger = createGoogle({ apiKey: 'not-a-token', baseURL: `${proxy.url}/v1beta` });
    const error = await thrownBy(generateText({ model: stranger(MODEL), prompt: 'hello' }));
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 401, message: expect.stringMatching(/token/i) });
  });

  it.each(UPSTREAM_ERRORS)('reads $status of upstream ($error)', async ({ error: name, model, status, says }) => {
    proxy.emulator.script({ model: new RegExp(`^${model}$`) }, { kind: 'error', error: name });
    const error = await thrownBy(generateText({ model: google(model), prompt: 'hello', maxRetries: 0 }));
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: status, message: expect.stringContaining(says) });
  });
});
