import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Emulator } from '../../src/emulator/emulator.js';
import type { Scenario } from '../../src/emulator/scenario/scenario.schema.js';
import { ask, eventsOf, post } from './raw-client.js';
import type { RawAnswer } from './raw-client.js';

interface Chunk {
  candidates: { content: { parts: { text: string }[]; role: string }; finishReason?: string; index: number }[];
  usageMetadata: {
    promptTokenCount: number;
    candidatesTokenCount: number;
    totalTokenCount: number;
    thoughtsTokenCount: number;
  };
  modelVersion: string;
  responseId: string;
}

const ASK = { contents: [{ role: 'user', parts: [{ text: 'Why is the sky blue?' }] }] };
const GENERATE = '/v1beta/models/gemini-3.8-flash:generateContent';
const STREAM = '/v1beta/models/gemini-3.8-flash:streamGenerateContent';

describe('generateContent', () => {
  let emulator: Emulator;
  const start = async (scenario: Scenario = {}): Promise<void> => {
    await emulator.stop();
    emulator = await Emulator.start({ scenario });
  };
  const generate = (body: unknown = ASK, path = GENERATE): Promise<RawAnswer> => post(emulator.url, path, body);

  beforeEach(async () => {
    emulator = await Emulator.start();
  });
  afterEach(() => emulator.stop());

  it('answers with text that quotes the question, usage, served model and a response id', async () => {
    const answer = await generate();
    const body = answer.json() as Chunk;
    expect(answer.status).toBe(200);
    expect(body.candidates[0]).toMatchObject({ finishReason: 'STOP', index: 0, content: { role: 'model' } });
    expect(body.candidates[0]?.content.parts[0]?.text).toContain('Why is the sky blue?');
    const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount } = body.usageMetadata;
    expect(promptTokenCount).toBe(5);
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount + thoughtsTokenCount);
    expect(body.modelVersion).toBe('gemini-3.8-flash');
    expect(body.responseId).toMatch(/^[\w-]{20,}$/);
  });

  it.each(['v1', 'v1beta', 'v1alpha'])('answers alike under %s', async (version) => {
    expect((await generate(ASK, GENERATE.replace('v1beta', version))).status).toBe(200);
  });

  it('names the model that really served an alias', async () => {
    const answer = await generate(ASK, GENERATE.replace('3.8', '3.7'));
    expect(answer.json()).toMatchObject({ modelVersion: 'gemini-3.8-flash' });
  });

  it('adds the headers of the real front end', async () => {
    const { headers } = await generate();
    expect(headers).toMatchObject({
      'alt-svc': expect.stringContaining('h3='),
      server: 'scaffolding on HTTPServer2',
      vary: expect.stringContaining('Origin'),
      'server-timing': expect.stringContaining('gfet4t7'),
      'x-gemini-service-tier': 'standard',
    });
  });

  it('gives the same text for the same seed and another for another', async () => {
    const texts = [];
    for (const seed of [7, 7, 8]) {
      await start({ seed });
      texts.push((await generate()).json());
    }
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]).not.toEqual(texts[2]);
  });

  it('streams SSE with CRLF, cumulative usage on every chunk and one finishReason', async () => {
    const answer = await generate(ASK, `${STREAM}?alt=sse`);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.text).toMatch(/^(data: \{.*\}\r\n\r\n){5}$/);
    const chunks = eventsOf(answer.text) as Chunk[];
    const counts = chunks.map((chunk) => chunk.usageMetadata.candidatesTokenCount);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(chunks.map((chunk) => chunk.candidates[0]?.finishReason)).toEqual([...Array<undefined>(4), 'STOP']);
    expect(new Set(chunks.map((chunk) => chunk.responseId)).size).toBe(1);
  });

  it('streams the same text as one growing JSON array without alt=sse', async () => {
    const text = (chunks: Chunk[]): string => chunks.map((c) => c.candidates[0]?.content.parts[0]?.text).join('');
    const array = await generate(ASK, STREAM);
    const sse = await generate(ASK, `${STREAM}?alt=sse`);
    expect(array.headers['content-type']).toContain('application/json');
    expect(array.text).toMatch(/^\[\{[^]*\}\r\n,\{[^]*\}\r\n\]$/);
    expect(text(array.json() as Chunk[])).toBe(text(eventsOf(sse.text) as Chunk[]));
  });

  it('shapes the answer as the scenario says', async () => {
    await start({ answer: { answer_bytes: 1000, chunk_bytes: 100, finish_reason: 'none' } });
    const chunks = eventsOf((await generate(ASK, `${STREAM}?alt=sse`)).text) as Chunk[];
    expect(chunks).toHaveLength(10);
    expect(chunks.map((c) => c.candidates[0]?.content.parts[0]?.text).join('')).toHaveLength(1000);
    expect(chunks.at(-1)?.candidates[0]).not.toHaveProperty('finishReason');
  });

  it('never cuts a character in two', async () => {
    const text = '😀'.repeat(7);
    await start({ answer: { text, chunk_bytes: 3 } });
    const chunks = eventsOf((await generate(ASK, `${STREAM}?alt=sse`)).text) as Chunk[];
    const pieces = chunks.map((chunk) => chunk.candidates[0]?.content.parts[0]?.text ?? '');
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    expect(pieces.join('')).toBe(text);
  });

  it('calls the function that the question is about, and answers in text once it has the result', async () => {
    const tools = [
      {
        functionDeclarations: [
          { name: 'get_weather', parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } } },
        ],
      },
    ];
    const question = { role: 'user', parts: [{ text: 'What is the weather in Paris?' }] };
    const called = (await generate({ contents: [question], tools })).json() as { candidates: [{ content: unknown }] };
    expect(called.candidates[0].content).toMatchObject({
      parts: [{ functionCall: { name: 'get_weather', args: { city: 'Paris' } } }],
    });
    const result = {
      role: 'user',
      parts: [{ functionResponse: { name: 'get_weather', response: { weather: 'rain' } } }],
    };
    const told = (await generate({ contents: [question, called.candidates[0].content, result], tools })).json();
    expect(told).toMatchObject({ candidates: [{ content: { parts: [{ text: expect.stringContaining('rain') }] } }] });
  });

  it('answers in JSON of the schema it is given', async () => {
    const responseSchema = { type: 'OBJECT', properties: { city: { type: 'STRING' }, size: { type: 'INTEGER' } } };
    const body = (
      await generate({ ...ASK, generationConfig: { responseMimeType: 'application/json', responseSchema } })
    ).json() as Chunk;
    expect(JSON.parse(body.candidates[0]?.content.parts[0]?.text ?? '')).toEqual({ city: 'sample', size: 1 });
  });

  it('counts a repeated long prefix as cached, for the same project only', async () => {
    await start({ min_implicit_cache_tokens: 100 });
    const long = { contents: [{ role: 'user', parts: [{ text: 'constant '.repeat(60) }] }] };
    const cached = async (key: string): Promise<unknown> =>
      (
        (await post(emulator.url, GENERATE, long, { 'x-goog-api-key': key })).json() as {
          usageMetadata: Record<string, unknown>;
        }
      ).usageMetadata.cachedContentTokenCount;
    expect([await cached('a'), await cached('a'), await cached('b')]).toEqual([undefined, 100, undefined]);
  });

  it('keeps only the fields of a mask', async () => {
    const answer = await generate(ASK, `${GENERATE}?fields=candidates(content(parts)),modelVersion`);
    expect(Object.keys(answer.json() as object)).toEqual(['candidates', 'modelVersion']);
  });

  it.each([
    ['an unknown model', GENERATE.replace('3.8', '1.5'), ASK, 404, 'NOT_FOUND'],
    ['no contents', GENERATE, {}, 400, 'INVALID_ARGUMENT'],
  ])('refuses %s', async (_what, path, body, code, status) => {
    const answer = await generate(body, path);
    expect([answer.status, answer.json()]).toMatchObject([code, { error: { code, status } }]);
  });

  it('refuses JSON that is none', async () => {
    const answer = await ask(emulator.url, GENERATE, { method: 'POST', body: '{nope' });
    expect(answer.json()).toMatchObject({
      error: { code: 400, message: expect.stringContaining('Invalid JSON payload') },
    });
  });

  it('answers an unknown path with an HTML page', async () => {
    const answer = await ask(emulator.url, '/v1beta/nothing');
    expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=UTF-8']);
  });

  it('lists models page by page and gets one', async () => {
    const first = (await ask(emulator.url, '/v1beta/models?pageSize=3')).json() as {
      models: unknown[];
      nextPageToken: string;
    };
    expect(first.models).toHaveLength(3);
    const rest = (await ask(emulator.url, `/v1beta/models?pageToken=${first.nextPageToken}`)).json() as {
      models: unknown[];
    };
    expect(rest).not.toHaveProperty('nextPageToken');
    expect(rest.models).not.toContainEqual(first.models[0]);
    expect((await ask(emulator.url, '/v1beta/models/gemini-2.5-pro')).json()).toMatchObject({
      name: 'models/gemini-2.5-pro',
    });
    expect((await ask(emulator.url, '/v1beta/models/nope')).status).toBe(404);
  });

  it('refuses a page token of another project', async () => {
    const first = (await ask(emulator.url, '/v1beta/models?pageSize=3')).json() as { nextPageToken: string };
    const path = `/v1beta/models?pageToken=${first.nextPageToken}`;
    expect((await ask(emulator.url, path, { headers: { 'x-goog-api-key': 'other' } })).status).toBe(400);
  });

  it('records what it saw, and tells those who wait', async () => {
    const seen = emulator.waitFor((request) => request.finished);
    await post(emulator.url, `${GENERATE}?x=1`, ASK);
    expect(await seen).toMatchObject({
      method: 'POST',
      path: `${GENERATE}?x=1`,
      key: 'test-key',
      project: 'test-key',
      body: JSON.stringify(ASK),
      bodyBytes: JSON.stringify(ASK).length,
      status: 200,
      aborted: false,
    });
    expect(emulator.requests).toHaveLength(1);
    emulator.reset();
    expect(emulator.requests).toHaveLength(0);
  });

  it('says what it saw when nobody comes', async () => {
    await generate();
    await expect(emulator.waitFor((request) => request.path === '/never', 20)).rejects.toThrow(/seen: POST/);
  });

  it('serves the models of the scenario beside its own', async () => {
    await start({ models: [{ name: 'my-model', served_by: 'gemini-2.5-pro' }] });
    expect((await generate(ASK, GENERATE.replace('gemini-3.8-flash', 'my-model'))).json()).toMatchObject({
      modelVersion: 'gemini-2.5-pro',
    });
  });

  it('refuses bodies and caches of the wrong size', async () => {
    await start({ max_body_bytes: 50, min_cache_tokens: 9 });
    expect((await generate()).json()).toMatchObject({
      error: { code: 400, message: expect.stringContaining('exceeds the limit: 50 bytes') },
    });
    await start({ min_cache_tokens: 9 });
    const cache = await post(emulator.url, '/v1beta/cachedContents', { ...ASK, model: 'models/gemini-2.5-pro' });
    expect(cache.json()).toMatchObject({
      error: { message: 'Cached content is too small. total_token_count=5, min_total_token_count=9' },
    });
  });

  it('keeps no record when told so, and says why nobody can wait', async () => {
    await emulator.stop();
    emulator = await Emulator.start({ record: false });
    expect((await generate()).status).toBe(200);
    expect(emulator.requests).toEqual([]);
    expect(() => emulator.waitFor(() => true)).toThrow(/nothing is recorded/);
  });

  it('keeps as many records, and as much of their bodies, as it is told', async () => {
    await emulator.stop();
    emulator = await Emulator.start({ maxRecords: 2, maxRecordedBodyBytes: 4 });
    for (const version of ['v1', 'v1beta', 'v1alpha']) await generate(ASK, GENERATE.replace('v1beta', version));
    expect(emulator.requests.map(({ path, body }) => [path.split('/')[1], body])).toEqual([
      ['v1beta', '{"co'],
      ['v1alpha', '{"co'],
    ]);
  });

  it('lets running answers finish when it is stopped, for as long as it may', async () => {
    const stopAmid = async (drainMs: number): Promise<RawAnswer> => {
      await emulator.stop();
      emulator = await Emulator.start({ drainMs, scenario: { answer: { chunk_delay_ms: 15 } } });
      let stopped: Promise<void> | undefined;
      const answer = await ask(emulator.url, `${STREAM}?alt=sse`, {
        method: 'POST',
        headers: { 'x-goog-api-key': 'k' },
        body: JSON.stringify(ASK),
        onRead: () => {
          stopped ??= emulator.stop();
        },
      });
      await stopped;
      emulator = await Emulator.start();
      return answer;
    };
    const [whole, cut] = [await stopAmid(5000), await stopAmid(0)];
    expect([whole.brokenBy, eventsOf(whole.text).length]).toEqual([undefined, 5]);
    expect(cut.brokenBy).toBe('ECONNRESET');
  });

  it('waits for a slow reader instead of filling memory', async () => {
    await start({ answer: { answer_bytes: 40_000_000, chunks: 400 } });
    const { port } = new URL(emulator.url);
    const body = JSON.stringify(ASK);
    const slow = connect(Number(port), '127.0.0.1').pause();
    slow.write(
      `POST ${STREAM}?alt=sse HTTP/1.1\r\nhost: x\r\nx-goog-api-key: k\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await emulator.waitFor(({ bodyBytes }) => bodyBytes > 0);
    const other = await generate(ASK, GENERATE.replace(':generateContent', ':countTokens'));
    expect([other.status, emulator.requests[0]?.finished]).toEqual([200, false]);
    slow.destroy();
    expect(await emulator.waitFor((request) => request.aborted)).toMatchObject({ status: 200, finished: false });
  });
});
