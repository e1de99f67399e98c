import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createGoogle } from '@ai-sdk/google';
import { GoogleGenAI } from '@google/genai';
import { streamText } from 'ai';
import { GoogleGenAI as GoogleGenAI130 } from 'genai-1.30';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { brokenStream } from './client.fixtures.js';

const PROMPT = 'tell me a story';

/** What the service says in a stream that it gives up. */
const OVERLOADED = /currently experiencing high demand/;
/** What the proxy says in a stream that upstream broke off. */
const BROKEN_OFF = /broke off the answer/;
/** A client that cannot read the words says at least that something went wrong. */
const ANYTHING = /./;

/** The pieces of a streamed answer as a client yields them; throws what the client throws, or tells, of an error. */
type Reader = (proxy: ProxyHarness) => AsyncIterable<unknown>;

const readGenai3: Reader = async function* ({ token, url }) {
  const ai = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: url } });
  yield* await ai.models.generateContentStream({ model: MODEL, contents: PROMPT });
};

const readGenai130: Reader = async function* ({ token, url }) {
  const ai = new GoogleGenAI130({ apiKey: token, httpOptions: { baseUrl: url } });
  yield* await ai.models.generateContentStream({ model: MODEL, contents: PROMPT });
};

const readInteraction: Reader = async function* ({ token, url }) {
  const ai = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: url } });
  for await (const event of await ai.interactions.create({ model: MODEL, input: PROMPT, stream: true })) {
    // This client tells errors as events.
    if (event.event_type === 'error') throw new Error(event.error?.message);
    yield event;
  }
};

const readOpenai: Reader = async function* ({ token, url }) {
  const openai = new OpenAI({ apiKey: token, baseURL: `${url}/v1beta/openai/`, maxRetries: 0, logLevel: 'off' });
  const messages = [{ role: 'user', content: PROMPT } as const];
  yield* await openai.chat.completions.create({ model: MODEL, messages, stream: true });
};

/** The AI SDK tells errors as parts of the stream, and an answer without an end as interrupted. */
const aiSdkReader = (api: 'generateContent' | 'interactions'): Reader =>
  async function* ({ token, url }) {
    const google = createGoogle({ apiKey: token, baseURL: `${url}/v1beta` });
    const model = api === 'interactions' ? google.interactions(MODEL) : google(MODEL);
    const onError = (): void => undefined;
    for await (const part of streamText({ model, prompt: PROMPT, maxRetries: 0, onError }).stream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') yield part;
    }
  };

const readLangchain: Reader = async function* ({ token, url }) {
  const script = fileURLToPath(new URL('fixtures/langchain-stream.mjs', import.meta.url));
  const env = { ...process.env, BASE_URL: url, TOKEN: token, MODEL };
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
  const { chunks, error } = JSON.parse(stdout) as { chunks: string[]; error?: string };
  yield* chunks;
  if (error !== undefined) throw new Error(error);
};

/** The request that streams an answer on each surface. */
const WIRES = {
  native: {
    path: `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`,
    body: { contents: [{ role: 'user', parts: [{ text: PROMPT }] }] },
  },
  interactions: { path: '/v1beta/interactions', body: { model: MODEL, input: PROMPT, stream: true } },
  openai: {
    path: '/v1beta/openai/chat/completions',
    body: { model: MODEL, messages: [{ role: 'user', content: PROMPT }], stream: true },
  },
};

interface Row {
  readonly client: string;
  readonly wire: keyof typeof WIRES;
  readonly read: Reader;
  /** What the client says when the stream ends between two events, and within one. */
  readonly broken: readonly [between: RegExp, within: RegExp];
  /** What it says of the forms in which the service reports an error; forms that it cannot read are left out. */
  readonly reported: Partial<Record<'tail' | 'data' | 'array', RegExp>>;
}

const ROWS: readonly Row[] = [
  {
    client: '@google/genai 3.x',
    wire: 'native',
    read: readGenai3,
    broken: [BROKEN_OFF, BROKEN_OFF],
    reported: { tail: OVERLOADED, data: OVERLOADED, array: ANYTHING },
  },
  {
    client: '@google/genai 1.30',
    wire: 'native',
    read: readGenai130,
    broken: [BROKEN_OFF, BROKEN_OFF],
    reported: { tail: OVERLOADED, array: ANYTHING },
  },
  {
    client: 'interactions of @google/genai 3.x',
    wire: 'interactions',
    read: readInteraction,
    broken: [BROKEN_OFF, BROKEN_OFF],
    reported: { data: OVERLOADED },
  },
  {
    client: 'openai',
    wire: 'openai',
    read: readOpenai,
    broken: [BROKEN_OFF, ANYTHING],
    reported: { data: OVERLOADED },
  },
  {
    client: '@ai-sdk/google',
    wire: 'native',
    read: aiSdkReader('generateContent'),
    broken: [ANYTHING, ANYTHING],
    reported: { data: ANYTHING },
  },
  {
    client: 'interactions of @ai-sdk/google',
    wire: 'interactions',
    read: aiSdkReader('interactions'),
    broken: [BROKEN_OFF, ANYTHING],
    reported: { data: OVERLOADED },
  },
  {
    client: '@langchain/google-genai',
    wire: 'native',
    read: readLangchain,
    broken: [ANYTHING, ANYTHING],
    reported: { tail: ANYTHING },
  },
];

describe('a stream that fails', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  afterEach(() => {
    proxy.emulator.script.clear();
  });
  afterAll(() => proxy.stop());

  describe.each(ROWS)('read by $client', ({ read, wire, broken, reported }) => {
    it.each(Object.entries(reported))('throws what upstream reports in the form "%s"', async (form, says) => {
      const action = { kind: 'stream_error', form: form as keyof Row['reported'], after_chunks: 4 } as const;
      proxy.emulator.script({ method: 'POST' }, action);
      const { error, items } = await brokenStream(read(proxy));
      expect(String(error)).toMatch(says);
      expect(items.length).toBeGreaterThan(0);
    });

    it('throws when upstream breaks off between two events', async () => {
      proxy.emulator.script({ method: 'POST' }, { kind: 'cut', at: await bytesOfTwoEvents(proxy, wire) });
      const { error } = await brokenStream(read(proxy));
      expect(String(error)).toMatch(broken[0]);
    });

    it('throws when upstream breaks off within an event', async () => {
      proxy.emulator.script({ method: 'POST' }, { kind: 'reset', at: 150 });
      const { error } = await brokenStream(read(proxy));
      expect(String(error)).toMatch(broken[1]);
    });
  });
});

/** Where the third event of the answer begins. The answer follows from the prompt, so it is the same every time. */
async function bytesOfTwoEvents(proxy: ProxyHarness, wire: Row['wire']): Promise<number> {
  const { path, body } = WIRES[wire];
  const response = await proxy.fetch(path, { method: 'POST', body: JSON.stringify(body) });
  const events = (await response.text()).match(/(?:.+\r?\n)+\r?\n/g) ?? [];
  expect(events.length).toBeGreaterThan(3);
  return Buffer.byteLength(events.slice(0, 2).join(''));
}
