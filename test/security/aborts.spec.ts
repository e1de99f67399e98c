import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { ExchangeEntry } from '../../src/proxy/exchange-entry.js';
import { type AuditedCall, MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { msUntilClosed, RawSocket, RawUpstream } from './raw-socket.js';

/** The promise is 100 ms; the rest is room for a busy machine. */
const AT_ONCE_MS = 400;

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const EVENT = '11\r\ndata: {"a":1}\r\n\r\n\r\n';

/** How far upstream goes before it falls silent. */
const PHASES: readonly (readonly [phase: string, verb: string, upstream: string])[] = [
  ['before the answer', 'generateContent', ''],
  ['between the headers and the body', 'streamGenerateContent?alt=sse', HEAD],
  ['within a stream', 'streamGenerateContent?alt=sse', HEAD + EVENT],
  ['within a unary answer', 'generateContent', 'HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{'],
  ['within an error body', 'generateContent', 'HTTP/1.1 400 X\r\ncontent-length: 900\r\n\r\n{'],
  [
    'within the body of a 503 that is worth another try',
    'generateContent',
    'HTTP/1.1 503 X\r\ncontent-length: 9\r\n\r\n{',
  ],
  ['within the error at the end of a stream', 'streamGenerateContent?alt=sse', `${HEAD}${EVENT}9\r\n{"error":\r\n`],
];

const LEAVINGS: readonly (readonly [how: string, leave: (socket: Socket) => void])[] = [
  ['closes', (socket) => socket.destroy()],
  ['resets', (socket) => socket.resetAndDestroy()],
  ['says that it has no more to say', (socket) => socket.end()],
];

describe('a caller that leaves', () => {
  let proxy: ProxyHarness;
  let upstream: RawUpstream;
  let silentAfter = '';
  const callers: RawSocket[] = [];
  beforeAll(async () => {
    upstream = await RawUpstream.start((socket) => silentAfter !== '' && socket.write(silentAfter));
    proxy = await ProxyHarness.start({
      baseUrl: upstream.url,
      config: { gemini: { retry: { backoff: { base: '5s', max: '8s' } } } },
    });
  });
  afterEach(async () => {
    silentAfter = '';
    for (const caller of callers.splice(0)) caller.socket.destroy();
    await linesAfter(0, 0);
  });
  afterAll(async () => {
    await proxy.stop();
    upstream.stop();
  });

  const say = (text: string): RawSocket => {
    const caller = new RawSocket(proxy.application.dataPort).say(text);
    callers.push(caller);
    return caller;
  };
  const head = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: ${proxy.token}\r\n`;
  const call = (path: string, headers: string, body = ''): RawSocket => say(`${head(path)}${headers}\r\n\r\n${body}`);
  const generate = (verb: string): RawSocket => call(`/v1beta/models/${MODEL}:${verb}`, 'content-length: 2', '{}');

  /** The lines written since, when nothing is under way any more and at least `count` are there, or after a while. */
  const linesAfter = async (before: number, count = 1): Promise<readonly AuditedCall[]> => {
    const deadlineMs = performance.now() + 2_000;
    for (;;) {
      const isIdle = proxy.application.get(ExchangeEntry).underWay === 0;
      const lines = (await proxy.auditedCalls()).slice(before);
      if ((isIdle && lines.length >= count) || performance.now() > deadlineMs) return lines;
    }
  };

  describe.each(PHASES)('%s', (_phase, verb, bytes) => {
    it.each(LEAVINGS)('and %s stops upstream at once and is settled once', async (_how, leave) => {
      silentAfter = bytes;
      const before = (await proxy.auditedCalls()).length;
      const asked = upstream.asked();
      const caller = generate(verb);
      const connection = await asked;
      if (bytes.startsWith(HEAD)) await caller.hears('\r\n\r\n');
      if (bytes.includes('data:')) await caller.hears('data:');
      leave(caller.socket);
      expect(await msUntilClosed(connection)).toBeLessThan(AT_ONCE_MS);
      expect(await linesAfter(before)).toEqual([
        expect.objectContaining({ details: expect.objectContaining({ ended: 'aborted' }) }),
      ]);
    });
  });

  it('while an upload flows stops upstream at once and is settled once', async () => {
    const before = (await proxy.auditedCalls()).length;
    const asked = upstream.asked();
    const caller = call('/upload/v1beta/files', 'x-goog-upload-protocol: raw\r\ncontent-length: 5000', 'abc');
    const connection = await asked;
    caller.socket.destroy();
    expect(await msUntilClosed(connection)).toBeLessThan(AT_ONCE_MS);
    expect(await linesAfter(before)).toHaveLength(1);
  });

  it('before its body is whole is settled once, and upstream hears nothing', async () => {
    const before = (await proxy.auditedCalls()).length;
    const caller = call(`/v1beta/models/${MODEL}:generateContent`, 'content-length: 5000\r\nExpect: 100-continue', '{');
    await caller.hears('100 Continue');
    caller.socket.destroy();
    const [line, ...others] = await linesAfter(before);
    expect([line?.details.attempts, others]).toEqual([0, []]);
  });

  it('in the pause before another try is settled once, and upstream hears no more', async () => {
    const before = (await proxy.auditedCalls()).length;
    silentAfter = 'HTTP/1.1 503 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';
    const asked = upstream.asked();
    const caller = generate('generateContent');
    await msUntilClosed(await asked);
    caller.socket.destroy();
    expect(await linesAfter(before)).toEqual([
      expect.objectContaining({ details: expect.objectContaining({ attempts: 1, ended: 'aborted' }) }),
    ]);
  });

  it('by bytes that are no HTTP any more is let go, and so is upstream', async () => {
    const before = (await proxy.auditedCalls()).length;
    const asked = upstream.asked();
    const caller = call(
      '/upload/v1beta/files',
      'x-goog-upload-protocol: raw\r\ntransfer-encoding: chunked',
      '3\r\nabc\r\n',
    );
    const connection = await asked;
    caller.say('no chunk\r\n');
    expect(await msUntilClosed(connection)).toBeLessThan(AT_ONCE_MS);
    await caller.ends();
    expect(await linesAfter(before)).toHaveLength(1);
  });

  it('never finds a second answer in the middle of the first', async () => {
    silentAfter = HEAD + EVENT;
    const caller = generate('streamGenerateContent?alt=sse');
    await caller.hears('data:');
    caller.say('GARBAGE\r\n\r\n');
    await caller.ends();
    expect(caller.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('with pipelined calls under way settles each of them once', async () => {
    const before = (await proxy.auditedCalls()).length;
    const asked = upstream.asked();
    const one = `${head(`/v1beta/models/${MODEL}:generateContent`)}content-length: 2\r\n\r\n{}`;
    const caller = say(one.repeat(5));
    await asked;
    caller.socket.destroy();
    expect(await linesAfter(before, 5)).toHaveLength(5);
  });
});
