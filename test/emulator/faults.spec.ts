import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Emulator } from '../../src/emulator/emulator.js';
import type { FaultAction } from '../../src/emulator/faults/fault.schema.js';
import { KEY, ask, eventsOf, post } from './raw-client.js';
import type { RawAnswer } from './raw-client.js';

const ASK = { contents: [{ role: 'user', parts: [{ text: 'Why is the sky blue?' }] }] };
const GENERATE = '/v1beta/models/gemini-3.8-flash:generateContent';
const SSE = '/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse';
const ARRAY = '/v1beta/models/gemini-3.8-flash:streamGenerateContent';

describe('scripted faults', () => {
  let emulator: Emulator;
  const strike = (action: FaultAction): void => {
    emulator.script({}, action);
  };
  const call = (path = GENERATE): Promise<RawAnswer> => post(emulator.url, path, ASK);

  beforeEach(async () => {
    emulator = await Emulator.start();
  });
  afterEach(() => emulator.stop());

  it.each([
    ['overloaded', 503, 'UNAVAILABLE', /high demand/],
    ['internal', 500, 'INTERNAL', /Internal error encountered/],
    ['deadline', 504, 'DEADLINE_EXCEEDED', /timed out/],
    ['exhausted', 429, 'RESOURCE_EXHAUSTED', /Resource has been exhausted/],
    ['bad_request', 400, 'INVALID_ARGUMENT', /invalid argument/],
  ] as const)('answers the error %s with its status and body', async (error, code, status, message) => {
    strike({ kind: 'error', error });
    const answer = await call();
    expect([answer.status, answer.json()]).toMatchObject([
      code,
      { error: { code, status, message: expect.stringMatching(message) } },
    ]);
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it('wraps an error in a list when a stream was not asked for as SSE', async () => {
    strike({ kind: 'error', error: 'overloaded' });
    expect((await call(ARRAY)).json()).toMatchObject([{ error: { code: 503 } }]);
    expect((await call(SSE)).json()).toMatchObject({ error: { code: 503 } });
  });

  it('strikes as often as told, and only what matches', async () => {
    emulator.script({ model: /2\.5/ }, { kind: 'error', error: 'internal' }, { times: 1 });
    emulator.script({ path: ':countNothing' }, { kind: 'error', error: 'internal' });
    const path = GENERATE.replace('3.8', '2.5');
    const statuses = [await call(), await call(path), await call(path)].map(({ status }) => status);
    expect(statuses).toEqual([200, 500, 200]);
  });

  it('strikes the nth request only', async () => {
    emulator.script({ nth: 2, key: KEY }, { kind: 'error', error: 'internal' });
    const statuses = [await call(), await call(), await call()].map(({ status }) => status);
    expect(statuses).toEqual([200, 500, 200]);
  });

  it('forgets every fault when cleared', async () => {
    strike({ kind: 'error', error: 'internal' });
    emulator.script.clear();
    expect((await call()).status).toBe(200);
  });

  it('refuses a malformed fault', () => {
    expect(() => {
      emulator.script({ path: '(' }, { kind: 'empty' });
    }).toThrow(/regular expression/);
  });

  it('answers what it is told, with the key where it is told', async () => {
    strike({
      kind: 'answer',
      status: 418,
      headers: { 'X-Pot': 'for {key}', 'content-type': 'text/plain' },
      body: 'short {key}',
    });
    const answer = await call();
    expect(answer).toMatchObject({
      status: 418,
      text: `short ${KEY}`,
      headers: { 'x-pot': `for ${KEY}`, 'content-type': 'text/plain' },
    });
  });

  it('answers an empty 200', async () => {
    strike({ kind: 'empty' });
    expect(await call()).toMatchObject({ status: 200, text: '', headers: { 'content-length': '0' } });
  });

  it('redirects to a foreign host', async () => {
    strike({ kind: 'redirect', location: 'https://example.com/' });
    expect(await call()).toMatchObject({ status: 302, headers: { location: 'https://example.com/' } });
  });

  it('waits before the headers', async () => {
    strike({ kind: 'delay', delay_ms: 60 });
    const before = performance.now();
    expect((await call()).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(55);
  });

  it.each(['arrival', 'headers'] as const)(
    'stalls at %s until the caller leaves, and records that it left',
    async (at) => {
      strike({ kind: 'stall', at });
      const leaving = new AbortController();
      const answer = ask(emulator.url, GENERATE, {
        method: 'POST',
        body: JSON.stringify(ASK),
        signal: leaving.signal,
        headers: { 'x-goog-api-key': KEY },
      });
      await emulator.waitFor((request) => at === 'arrival' || request.bodyBytes > 0);
      leaving.abort();
      await expect(answer).rejects.toThrow('aborted');
      const record = await emulator.waitFor((request) => request.aborted);
      expect(record).toMatchObject({ finished: false, status: undefined, abortedAt: expect.any(Number) });
    },
  );

  it('stalls in the body after exactly that many bytes', async () => {
    strike({ kind: 'stall', at: 10 });
    const leaving = new AbortController();
    const answer = ask(emulator.url, SSE, {
      method: 'POST',
      body: JSON.stringify(ASK),
      signal: leaving.signal,
      onRead: () => {
        leaving.abort();
      },
      headers: { 'x-goog-api-key': KEY },
    });
    expect(await answer).toMatchObject({ status: 200, text: 'data: {"ca', brokenBy: expect.any(String) });
    expect(await emulator.waitFor((request) => request.aborted)).toMatchObject({ finished: false, status: 200 });
  });

  it.each(['arrival', 'headers'] as const)('resets the connection at %s', async (at) => {
    strike({ kind: 'reset', at });
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(emulator.requests[0]).toMatchObject({ aborted: false, finished: false });
  });

  it('has done the work when it resets before the headers, and not when it resets on arrival', async () => {
    const sent = async (at: 'arrival' | 'headers'): Promise<number | undefined> => {
      emulator.script.clear();
      emulator.reset();
      strike({ kind: 'reset', at });
      await call().catch(() => undefined);
      return emulator.requests[0]?.bodyBytes;
    };
    expect([await sent('arrival'), await sent('headers')]).toEqual([0, JSON.stringify(ASK).length]);
  });

  it.each([
    ['a stream', SSE],
    ['a whole answer', GENERATE],
  ])('resets %s at exactly that byte', async (_what, path) => {
    strike({ kind: 'reset', at: 300 });
    expect(await call(path)).toMatchObject({ status: 200, bytes: { length: 300 }, brokenBy: 'ECONNRESET' });
  });

  it('sends a TCP reset, not a FIN', async () => {
    strike({ kind: 'reset', at: 'arrival' });
    const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1');
    socket.write(`GET /v1beta/models HTTP/1.1\r\nhost: x\r\nx-goog-api-key: ${KEY}\r\n\r\n`);
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });

  it('cuts a stream with a FIN in the middle', async () => {
    strike({ kind: 'cut', at: 300 });
    expect(await call(SSE)).toMatchObject({ bytes: { length: 300 }, brokenBy: expect.any(String) });
  });

  it('cuts a stream so that its end looks regular', async () => {
    strike({ kind: 'cut', at: 300, clean: true });
    expect(await call(SSE)).toMatchObject({ bytes: { length: 300 }, brokenBy: undefined });
  });

  it('fails in an SSE stream with a raw JSON tail in a read of its own', async () => {
    strike({ kind: 'stream_error' });
    const answer = await call(SSE);
    expect(JSON.parse(answer.reads.at(-1) ?? '')).toMatchObject({ error: { code: 503, status: 'UNAVAILABLE' } });
    const [before = 0, tail = 0] = answer.readTimesMs.slice(-2);
    expect(tail - before).toBeGreaterThan(15);
    expect(eventsOf(answer.reads.slice(0, -1).join(''))).toHaveLength(2);
  });

  it('fails in an SSE stream with a data event, or with a list as tail', async () => {
    strike({ kind: 'stream_error', form: 'data', after_chunks: 1, error: 'internal' });
    expect(eventsOf((await call(SSE)).text)).toMatchObject([{ candidates: {} }, { error: { code: 500 } }]);
    emulator.script.clear();
    strike({ kind: 'stream_error', form: 'array' });
    expect(JSON.parse((await call(SSE)).reads.at(-1) ?? '')).toMatchObject([{ error: { code: 503 } }]);
  });

  it('fails in a JSON array with its last element', async () => {
    strike({ kind: 'stream_error', after_chunks: 1 });
    expect((await call(ARRAY)).json()).toMatchObject([{ candidates: {} }, { error: { code: 503 } }]);
  });

  it('fails in a JSON array before its first element', async () => {
    strike({ kind: 'stream_error', after_chunks: 0 });
    expect((await call(ARRAY)).json()).toMatchObject([{ error: { code: 503 } }]);
  });

  it('shows the key in an error body, a header and a stream tail', async () => {
    strike({ kind: 'echo_key', where: 'header' });
    expect((await call()).headers['x-goog-debug-consumer']).toBe(`api_key:${KEY}`);
    strike({ kind: 'echo_key', where: 'stream_tail' });
    expect((await call(SSE)).reads.at(-1)).toContain(`api_key:${KEY}`);
    strike({ kind: 'echo_key', where: 'body' });
    expect(await call()).toMatchObject({ status: 400, text: expect.stringContaining(`api_key:${KEY}`) });
  });

  it('makes answers of any size, and paces streams', async () => {
    strike({ kind: 'shape', answer_bytes: 3_000_000 });
    expect((await call()).bytes.length).toBeGreaterThan(3_000_000);
    strike({ kind: 'shape', text: 'abcd', chunks: 4, chunk_delay_ms: 20, first_chunk_delay_ms: 20 });
    const before = performance.now();
    expect(eventsOf((await call(SSE)).text)).toHaveLength(4);
    expect(performance.now() - before).toBeGreaterThan(75);
  });

  it('blocks a prompt', async () => {
    strike({ kind: 'shape', block_reason: 'SAFETY' });
    const body = (await call()).json();
    expect(body).toMatchObject({ promptFeedback: { blockReason: 'SAFETY' } });
    expect(body).not.toHaveProperty('candidates');
  });

  it('adds faults up: a delay, then a reset in the body', async () => {
    strike({ kind: 'delay', delay_ms: 30 });
    strike({ kind: 'reset', at: 5 });
    const before = performance.now();
    expect(await call()).toMatchObject({ bytes: { length: 5 }, brokenBy: 'ECONNRESET' });
    expect(performance.now() - before).toBeGreaterThan(25);
  });

  it('takes faults from the scenario, and takes them anew after a reset', async () => {
    await emulator.stop();
    emulator = await Emulator.start({
      scenario: { faults: [{ action: { kind: 'error', error: 'internal' }, times: 1 }] },
    });
    const statuses = [await call(), await call()].map(({ status }) => status);
    emulator.reset();
    expect([...statuses, (await call()).status]).toEqual([500, 200, 500]);
  });
});
