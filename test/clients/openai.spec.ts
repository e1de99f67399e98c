import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { APIError, AuthenticationError, NotFoundError, RateLimitError } from 'openai';
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
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

const TOOLS: ChatCompletionTool[] = [
  {
    type: 'function',
    function: { name: 'get_weather', description: 'The weather of a city', parameters: WEATHER_PARAMETERS },
  },
];

const say = (content: string): ChatCompletionMessageParam[] => [{ role: 'user', content }];

describe.each(['/v1beta/openai/', '/openai/v1'])('openai with only its base URL (…%s) and key changed', (base) => {
  let proxy: ProxyHarness;
  let openai: OpenAI;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
    openai = new OpenAI({ apiKey: proxy.token, baseURL: `${proxy.url}${base}` });
  });
  afterAll(() => proxy.stop());

  it('gets an answer with its usage', async () => {
    const answer = await openai.chat.completions.create({ model: MODEL, messages: say('hello') });
    expect(answer.choices[0]?.message.content).toContain('hello');
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
    expectOnlyTheUpstreamKey(proxy);
  });

  it('streams the answer in several chunks that together say what the unary answer says', async () => {
    const request = { model: MODEL, messages: say('tell me a story') };
    const whole = await openai.chat.completions.create(request);
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    const chunks = await collect(await openai.chat.completions.create({ ...request, ...options }));
    expect(chunks.length).toBeGreaterThan(1);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(chunks.map(({ usage }) => usage?.total_tokens ?? 0).at(-1)).toBeGreaterThan(0);
  });

  it('calls a function and gives its result back', async () => {
    const messages = say(WEATHER_QUESTION);
    const first = await openai.chat.completions.create({ model: MODEL, messages, tools: TOOLS });
    const message = first.choices[0]?.message;
    const [call] = message?.tool_calls ?? [];
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
    if (message === undefined || call === undefined) throw new Error('no call');
    const result: ChatCompletionMessageParam = { role: 'tool', tool_call_id: call.id, content: '{"sky":"clear"}' };
    const second = await openai.chat.completions.create({
      model: MODEL,
      messages: [...messages, message, result],
      tools: TOOLS,
    });
    expect(second.choices[0]?.finish_reason).toBe('stop');
    expect(second.choices[0]?.message.content).not.toBe('');
  });

  it('embeds one text and several', async () => {
    const one = await openai.embeddings.create({ model: EMBEDDING_MODEL, input: 'a text' });
    expect(one.data[0]?.embedding.length).toBeGreaterThan(0);
    const several = await openai.embeddings.create({ model: EMBEDDING_MODEL, input: ['a text', 'another'] });
    expect(several.data).toHaveLength(2);
  });

  it('lists the models and gets one', async () => {
    const models = await collect(await openai.models.list());
    expect(models.map(({ id }) => id)).toContain(`models/${MODEL}`);
    expect((await openai.models.retrieve(MODEL)).id).toBe(`models/${MODEL}`);
  });

  it('hears of a bad token as its own error, with words that tell what to do', async () => {
    const stranger = new OpenAI({ apiKey: 'not-a-token', baseURL: `${proxy.url}${base}` });
    const unary = await thrownBy(stranger.chat.completions.create({ model: MODEL, messages: say('hello') }));
    const stream = await thrownBy(
      stranger.chat.completions.create({ model: MODEL, messages: say('hello'), stream: true }),
    );
    for (const error of [unary, stream]) {
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: 'token_malformed', type: 'authentication_error' });
      expect(error.message).toMatch(/token/i);
      expect(error.message).not.toContain('no body');
    }
  });

  it('reads when to try again after a quota has run out', async () => {
    const [model, request] = ['gemini-3.6-flash', { messages: say('hello') }];
    const minute = JSON.stringify([
      {
        error: {
          code: 429,
          message: 'You exceeded your current quota. Please retry in 51.386192716s.',
          status: 'RESOURCE_EXHAUSTED',
        },
      },
    ]);
    proxy.emulator.script({ model: /^gemini-3.6-flash$/ }, { kind: 'answer', status: 429, body: minute }, { times: 1 });
    await thrownBy(openai.chat.completions.create({ model, ...request }, { maxRetries: 0 }));
    const error = await thrownBy(openai.chat.completions.create({ model, ...request }, { maxRetries: 0 }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'keys_exhausted', type: 'rate_limit_error' });
    expect(Number((error as RateLimitError).headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('reads a call of a path that is none', async () => {
    const lost = new OpenAI({ apiKey: proxy.token, baseURL: `${proxy.url}/openai` });
    const error = await thrownBy(lost.chat.completions.create({ model: MODEL, messages: say('hello') }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: 'path_unknown' });
  });

  it.each(UPSTREAM_ERRORS)('reads $status of upstream ($error)', async ({ error: name, model, status, says }) => {
    proxy.emulator.script({ model: new RegExp(`^${model}$`) }, { kind: 'error', error: name });
    const request = { model, messages: say('hello') };
    const error = await thrownBy(openai.chat.completions.create(request, { maxRetries: 0 }));
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status, message: expect.stringContaining(says) });
  });
});
