import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';

const PROMPT = 'tell me a story';
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: PROMPT }] }] };

/** The streams of the API: how they are asked for, and the header in which they take a key. */
const STREAMS = {
  'generateContent as events': {
    path: `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`,
    body: CONTENTS,
    bearer: false,
  },
  'generateContent as an array': {
    path: `/v1beta/models/${MODEL}:streamGenerateContent`,
    body: CONTENTS,
    bearer: false,
  },
  interactions: {
    path: '/v1beta/interactions',
    body: { model: MODEL, input: PROMPT, stream: true },
    bearer: false,
  },
  'chat completions': {
    path: '/v1beta/openai/chat/completions',
    body: { model: MODEL, messages: [{ role: 'user', content: PROMPT }], stream: true },
    bearer: true,
  },
} as const;

type StreamName = keyof typeof STREAMS;
const NAMES = Object.keys(STREAMS) as StreamName[];
const EVENTS = 'generateContent as events';
const ARRAY = 'generateContent as an array';

/** Error that upstream reports in a stream. */
const OVERLOADED = 'currently experiencing high demand';
/** What the proxy says when upstream breaks off. */
const BROKEN_OFF = 'broke off the answer';

describe('the rules of streams', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  afterEach(() => {
    proxy.emulator.script.clear();
  });
  afterAll(() => proxy.stop());

  /** The answer of the proxy, or of upstream itself, before its body has been read. */
  async function open(name: StreamName, from: 'proxy' | 'upstream'): Promise<IncomingMessage> {
    const { path, body, bearer } = STREAMS[name];
    const [origin, secret] = from === 'proxy' ? [proxy.url, proxy.token] : [proxy.emulator.url, keyText('primary')];
    const credential = bearer ? { authorization: `Bearer ${secret}` } : { 'x-goog-api-key': secret };
    const call = request(`${origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...credential },
    });
    call.end(JSON.stringify(body));
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    return response;
  }

  /** The same call through the proxy and straight to upstream, whose answers follow from its seed and the calls before. */
  async function both(name: StreamName): Promise<{ relayed: Answer; direct: Answer }> {
    proxy.emulator.reset();
    return { relayed: await read(open(name, 'proxy')), direct: await directly(name) };
  }

  /** What upstream itself sends as the first answer after its start. */
  async function directly(name: StreamName): Promise<Answer> {
    const { emulator } = proxy;
    emulator.reset();
    return read(open(name, 'upstream'));
  }

  it.each(NAMES)('passes the bytes of %s as upstream sends them', async (name) => {
    const { relayed, direct } = await both(name);
    expect(direct.text.length).toBeGreaterThan(500);
    expect(withoutTimes(relayed.text)).toBe(withoutTimes(direct.text));
    expect(relayed.isWhole).toBe(true);
  });

  it('keeps the CR LF CR LF of generateContent and adds no comment, no event name and no [DONE]', async () => {
    const { text } = await read(open(EVENTS, 'proxy'));
    expect(text).toMatch(/^(?:data: \{[^\r\n]+\}\r\n\r\n){2,}$/);
  });

  it('hands on an event at once, long before the stream has ended', async () => {
    proxy.emulator.script({}, { kind: 'shape', chunk_delay_ms: 60, chunks: 4 });
    const response = await open(EVENTS, 'proxy');
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^data: \{[^\r\n]+\}\r\n\r\n$/);
    expect(proxy.emulator.requests.at(-1)?.finished).toBe(false);
    response.resume();
    await once(response, 'end');
  });

  it.each(['tail', 'data', 'array'] as const)(
    'hands on an error in the form "%s" as it came, in a read of its own',
    async (form) => {
      const scripted = { kind: 'stream_error', form } as const;
      proxy.emulator.reset();
      proxy.emulator.script({}, scripted);
      const relayed = await read(open(EVENTS, 'proxy'));
      proxy.emulator.reset();
      proxy.emulator.script({}, scripted);
      const direct = await read(open(EVENTS, 'upstream'));
      expect(relayed.text).toBe(direct.text);
      expect(relayed.isWhole).toBe(true);
      const last = relayed.reads.at(-1) ?? '';
      expect(last).toContain(OVERLOADED);
      expect(last).not.toContain('candidates');
    },
  );

  it('hands on the error element of an array as it came', async () => {
    proxy.emulator.script({}, { kind: 'stream_error' });
    const { text } = await read(open(ARRAY, 'proxy'));
    const elements = JSON.parse(text) as { error?: { code: number; message: string } }[];
    expect(elements).toHaveLength(3);
    expect(elements[2]?.error).toMatchObject({ code: 503, message: expect.stringContaining(OVERLOADED) });
  });

  /** What the proxy sends when upstream breaks off behind the first two events, and what upstream had sent. */
  async function brokenOff(name: StreamName): Promise<{ relayed: Answer; sent: string }> {
    const whole = await directly(name);
    const sent = firstTwo(whole.text);
    proxy.emulator.reset();
    proxy.emulator.script({}, { kind: 'cut', at: Buffer.byteLength(sent) });
    return { relayed: await read(open(name, 'proxy')), sent };
  }

  it('ends broken events of generateContent with the bare error object, in a read of its own', async () => {
    const { relayed, sent } = await brokenOff(EVENTS);
    expect(relayed.text.startsWith(sent)).toBe(true);
    const tail = relayed.reads.at(-1) ?? '';
    expect(relayed.text).toBe(sent + tail);
    expect(JSON.parse(tail)).toMatchObject({
      error: { code: 502, status: 'UNAVAILABLE', message: expect.stringContaining(BROKEN_OFF) },
    });
  });

  it('ends a broken array of generateContent with an error as its last element', async () => {
    const { relayed, sent } = await brokenOff(ARRAY);
    expect(relayed.text.startsWith(sent)).toBe(true);
    const elements = JSON.parse(relayed.text) as { error?: unknown }[];
    expect(elements).toHaveLength(3);
    expect(elements[2]?.error).toMatchObject({ code: 502, message: expect.stringContaining(BROKEN_OFF) });
  });

  it('makes an array of the error alone when upstream breaks off before the first element', async () => {
    proxy.emulator.script({}, { kind: 'cut', at: 0 });
    const { text } = await read(open(ARRAY, 'proxy'));
    expect(JSON.parse(text)).toMatchObject([{ error: { message: expect.stringContaining(BROKEN_OFF) } }]);
  });

  it('ends a broken interaction with an error event', async () => {
    const { relayed, sent } = await brokenOff('interactions');
    expect(withoutTimes(relayed.text).startsWith(withoutTimes(sent))).toBe(true);
    const [, data = ''] = /^event: error\ndata: (.+)\n\n$/.exec(relayed.text.slice(sent.length)) ?? [];
    expect(JSON.parse(data)).toMatchObject({
      event_type: 'error',
      error: { code: 'service_unavailable', message: expect.stringContaining(BROKEN_OFF) },
    });
  });

  it('ends broken chat completions with a data event that holds an error', async () => {
    const { relayed, sent } = await brokenOff('chat completions');
    expect(withoutTimes(relayed.text).startsWith(withoutTimes(sent))).toBe(true);
    const [, data = ''] = /^data: (.+)\n\n$/.exec(relayed.text.slice(sent.length)) ?? [];
    expect(JSON.parse(data)).toMatchObject({
      error: { type: 'server_error', message: expect.stringContaining(BROKEN_OFF) },
    });
  });

  it.each(NAMES)('leaves the body of broken %s without an end, for clients that skip such a tail', async (name) => {
    const { relayed } = await brokenOff(name);
    expect(relayed.isWhole).toBe(false);
  });
});

interface Answer {
  readonly text: string;
  /** The body as it came, one network read after the other. */
  readonly reads: readonly string[];
  /** The body came to its proper end. */
  readonly isWhole: boolean;
}

async function read(opening: Promise<IncomingMessage>): Promise<Answer> {
  const response = await opening;
  const reads: string[] = [];
  response.on('data', (chunk: Buffer) => reads.push(chunk.toString()));
  response.on('error', () => undefined);
  await new Promise((resolve) => response.once('close', resolve));
  return { text: reads.join(''), reads, isWhole: response.complete };
}

/** The first two events, or elements, of a stream. */
function firstTwo(text: string): string {
  const [two] = /^(?:(?:[^\r\n]+\r?\n)+\r?\n){2}/.exec(text) ?? /^\[[^]*?\n\}\r\n,[^]*?\n\}\r\n/.exec(text) ?? [];
  if (two === undefined) throw new Error('the stream is too short');
  return two;
}

/** Moments differ from call to call. */
function withoutTimes(text: string): string {
  return text.replaceAll(/"\d{4}-\d\d-\d\dT[^"]+Z"/g, '"a time"').replaceAll(/"created":\d+/g, '"created":0');
}
