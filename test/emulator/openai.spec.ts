import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { Emulator } from '../../src/emulator/emulator.js';
import { KEY, ask, eventsOf, post } from './raw-client.js';

const CHAT = '/v1beta/openai/chat/completions';
const BEARER = { authorization: `Bearer ${KEY}` };
const model = 'gemini-3.8-flash';
const messages = [{ role: 'user' as const, content: 'Why is the sky blue?' }];

describe('OpenAI routes', () => {
  let emulator: Emulator;
  let client: OpenAI;

  beforeEach(async () => {
    emulator = await Emulator.start();
    client = new OpenAI({ apiKey: KEY, baseURL: `${emulator.url}/v1beta/openai/`, maxRetries: 0 });
  });
  afterEach(() => emulator.stop());

  it('complete a chat, with thoughts in the total alone', async () => {
    const completion = await client.chat.completions.create({ model, messages });
    expect(completion).toMatchObject({
      object: 'chat.completion',
      model,
      choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: expect.stringContaining('sky') } }],
    });
    const { prompt_tokens, completion_tokens, total_tokens } = completion.usage!;
    expect(total_tokens).toBeGreaterThan(prompt_tokens + completion_tokens);
  });

  it.each([true, false])('stream a chat; usage comes last when asked for: %s', async (include_usage) => {
    const stream = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toContain('Why is the sky blue?');
    expect(chunks.filter((chunk) => chunk.usage)).toHaveLength(include_usage ? 1 : 0);
  });

  it('end a stream with [DONE]', async () => {
    const answer = await post(emulator.url, CHAT, { model, messages, stream: true }, BEARER);
    expect(answer.text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(eventsOf(answer.text)).toHaveLength(5);
  });

  it('call a tool, whole and streamed, and go on with its result', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters } }];
    const question = { role: 'user' as const, content: 'What is the weather in Paris?' };
    const completion = await client.chat.completions.create({ model, messages: [question], tools });
    const { message, finish_reason } = completion.choices[0]!;
    expect(finish_reason).toBe('tool_calls');
    expect(message.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
    ]);
    const result = { role: 'tool' as const, tool_call_id: message.tool_calls![0]!.id, content: 'rain' };
    const told = await client.chat.completions.create({ model, messages: [question, message, result], tools });
    expect(told.choices[0]?.message.content).toContain('rain');
    const runner = client.chat.completions.stream({ model, messages: [question], tools });
    expect((await runner.finalChatCompletion()).choices[0]?.message.tool_calls).toHaveLength(1);
  });

  it('answer in JSON when a schema is given', async () => {
    const schema = { type: 'object', properties: { size: { type: 'integer' } } };
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'x', schema } };
    const completion = await client.chat.completions.create({ model, messages, response_format });
    expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toEqual({ size: 1 });
  });

  it('embed, in numbers and in base64', async () => {
    const asked = { model: 'gemini-embedding-001', input: ['a', 'b'], dimensions: 8 };
    const viaBase64 = await client.embeddings.create(asked);
    const viaNumbers = await client.embeddings.create({ ...asked, encoding_format: 'float' });
    expect(viaBase64.data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
    expect(Array.from(viaBase64.data[0]!.embedding)).toEqual(viaNumbers.data[0]!.embedding);
  });

  it('list and retrieve models, and draw', async () => {
    const names = [];
    for await (const each of client.models.list()) names.push(each.id);
    expect(names).toContain(`models/${model}`);
    expect(await client.models.retrieve(model)).toMatchObject({ id: `models/${model}`, object: 'model' });
    const images = await client.images.generate({ model: 'gemini-3.1-flash-image', prompt: 'a cat', n: 2 });
    expect(images.data).toHaveLength(2);
  });

  it('write errors as lists, which the SDK cannot read', async () => {
    const answer = await post(emulator.url, CHAT, { model: 'nope', messages }, BEARER);
    expect(answer.json()).toMatchObject([{ error: { code: 404, status: 'NOT_FOUND' } }]);
    await expect(client.chat.completions.create({ model: 'nope', messages })).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    ['no credential', {}, 'Missing or invalid Authorization header.'],
    ['a key where a bearer belongs', { 'x-goog-api-key': KEY }, 'Missing or invalid Authorization header.'],
    [
      'both',
      { ...BEARER, 'x-goog-api-key': KEY },
      'Multiple authentication credentials received. Please pass only one.',
    ],
  ])('refuse %s', async (_what, headers, message) => {
    expect((await ask(emulator.url, '/v1beta/openai/models', { headers })).json()).toMatchObject([
      { error: { code: 400, message } },
    ]);
  });

  it('refuse a bad key in their own words', async () => {
    emulator.setKeyState(KEY, 'invalid');
    expect((await ask(emulator.url, '/v1beta/openai/models', { headers: BEARER })).json()).toMatchObject([
      { error: { message: 'Invalid Auth key.' } },
    ]);
  });

  it('fail in a stream in a form that the SDK reads', async () => {
    emulator.script({}, { kind: 'stream_error' });
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    const read = async (): Promise<void> => {
      for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
    };
    await expect(read()).rejects.toThrow(/high demand/);
  });

  it('use an explicit cache', async () => {
    const contents = [{ parts: [{ text: 'constant' }] }];
    const cache = (
      await post(emulator.url, '/v1beta/cachedContents', { model: `models/${model}`, contents })
    ).json() as { name: string };
    const body = { model, messages, extra_body: { google: { cached_content: cache.name } } };
    expect((await post(emulator.url, CHAT, body, BEARER)).json()).toMatchObject({
      usage: { prompt_tokens_details: { cached_tokens: 2 } },
    });
  });
});
