import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatGoogleGenerativeAI, GoogleGenerativeAIEmbeddings } from '@langchain/google-genai';
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

const getWeather = tool(() => 'clear', {
  name: 'get_weather',
  description: 'The weather of a city',
  schema: WEATHER_PARAMETERS,
});

describe('@langchain/google-genai with only its base URL and key changed', () => {
  let proxy: ProxyHarness;
  let chat: ChatGoogleGenerativeAI;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
    chat = new ChatGoogleGenerativeAI({ apiKey: proxy.token, baseUrl: proxy.url, model: MODEL });
  });
  afterAll(() => proxy.stop());

  it('gets an answer with its usage', async () => {
    const answer = await chat.invoke('hello');
    expect(answer.text).toContain('hello');
    expect(answer.usage_metadata?.total_tokens).toBeGreaterThan(0);
    expectOnlyTheUpstreamKey(proxy);
  });

  it('streams the answer in several chunks that together say what the unary answer says', async () => {
    const whole = await chat.invoke('tell me a story');
    const chunks = await collect(await chat.stream('tell me a story'));
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(whole.text);
  });

  it('calls a tool and gives its result back', async () => {
    const withTools = chat.bindTools([getWeather]);
    const question = new HumanMessage(WEATHER_QUESTION);
    const first = await withTools.invoke([question]);
    expect(first.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: expect.any(String) } }]);
    const [call] = first.tool_calls ?? [];
    const result = new ToolMessage({ content: 'clear', tool_call_id: call?.id ?? 'none', name: 'get_weather' });
    const second = await withTools.invoke([question, first, result]);
    expect(second.tool_calls).toEqual([]);
    expect(second.text).not.toBe('');
  });

  it('embeds one text and several', async () => {
    const embeddings = new GoogleGenerativeAIEmbeddings({
      apiKey: proxy.token,
      baseUrl: proxy.url,
      model: EMBEDDING_MODEL,
    });
    expect((await embeddings.embedQuery('a text')).length).toBeGreaterThan(0);
    const vectors = await embeddings.embedDocuments(['a text', 'another']);
    expect(vectors.map((vector) => vector.length > 0)).toEqual([true, true]);
  });

  it('uses a file that was uploaded in one multipart request', async () => {
    const { uri } = await uploadMultipart(proxy, 'some words of a document');
    const file = { type: 'media', mimeType: 'text/plain', fileUri: uri };
    const content = [{ type: 'text', text: 'what does it say?' }, file];
    const answer = await chat.invoke([new HumanMessage({ content })]);
    expect(answer.usage_metadata?.input_tokens).toBeGreaterThan(500);
    expectOnlyTheUpstreamKey(proxy);
  });

  it('hears of a bad token as its own error, with words that tell what to do', async () => {
    const stranger = new ChatGoogleGenerativeAI({ apiKey: 'not-a-token', baseUrl: proxy.url, model: MODEL });
    const error = await thrownBy(stranger.invoke('hello'));
    expect(error).toMatchObject({ status: 401, message: expect.stringMatching(/token/i) });
  });

  it.each(UPSTREAM_ERRORS)('reads $status of upstream ($error)', async ({ error: name, model, status, says }) => {
    proxy.emulator.script({ model: new RegExp(`^${model}$`) }, { kind: 'error', error: name });
    const other = new ChatGoogleGenerativeAI({ apiKey: proxy.token, baseUrl: proxy.url, model, maxRetries: 0 });
    const error = await thrownBy(other.invoke('hello'));
    expect(error).toMatchObject({ status, message: expect.stringContaining(says) });
  });
});

/** The upload of Google's earlier JavaScript SDK, which LangChain users pair it with. */
async function uploadMultipart(proxy: ProxyHarness, text: string): Promise<{ uri: string }> {
  const boundary = 'part-of-a-test';
  const parts = [
    'content-type: application/json; charset=utf-8\r\n\r\n{"file":{"displayName":"words"}}',
    `content-type: text/plain\r\n\r\n${text}`,
  ];
  const body = `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--`;
  const headers = {
    'x-goog-upload-protocol': 'multipart',
    'content-type': `multipart/related; boundary=${boundary}`,
  };
  const response = await proxy.fetch('/upload/v1beta/files', { method: 'POST', headers, body });
  expect(response.status).toBe(200);
  return ((await response.json()) as { file: { uri: string } }).file;
}
