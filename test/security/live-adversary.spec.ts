import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { ExchangeEntry } from '../../src/proxy/exchange-entry.js';
import { keyText, ProxyHarness } from '../support/proxy.harness.js';
import { msUntilClosed, RawUpstream } from './raw-socket.js';

const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const SETUP = JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } });
const AT_ONCE_MS = 400;

const refusal = (socket: Socket): boolean => socket.write('HTTP/1.1 400 X\r\ncontent-length: 500\r\n\r\n{"error":');

const acceptance = (socket: Socket, head: string): boolean => {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return socket.write(
    `HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
};

describe('a Live session while upstream is slow to take it', () => {
  let proxy: ProxyHarness;
  let upstream: RawUpstream;
  let answer: (socket: Socket, head: string) => unknown = () => undefined;
  const callers: WebSocket[] = [];
  beforeAll(async () => {
    upstream = await RawUpstream.start((socket, head) => answer(socket, head));
    proxy = await ProxyHarness.start({ baseUrl: upstream.url });
  });
  afterEach(() => {
    for (const caller of callers.splice(0)) caller.terminate();
  });
  afterAll(async () => {
    await proxy.stop();
    upstream.stop();
  });

  const open = async (): Promise<WebSocket> => {
    const caller = new WebSocket(proxy.url.replace('http', 'ws') + PATH, {
      headers: { 'x-goog-api-key': proxy.token },
    });
    callers.push(caller);
    caller.on('error', () => undefined);
    await once(caller, 'open');
    caller.send(SETUP);
    return caller;
  };

  const linesAfter = async (before: number): Promise<number> => {
    const deadlineMs = performance.now() + 2_000;
    for (;;) {
      const lines = (await proxy.auditedCalls()).length - before;
      if ((lines > 0 && proxy.application.get(ExchangeEntry).underWay === 0) || performance.now() > deadlineMs) {
        return lines;
      }
    }
  };

  it('ends with a close frame when the refusal breaks off', async () => {
    const before = (await proxy.auditedCalls()).length;
    answer = (socket) => {
      refusal(socket);
      socket.end();
    };
    const caller = await open();
    const [code] = (await once(caller, 'close', { signal: AbortSignal.timeout(2_000) })) as [number];
    expect(code).toBe(1011);
    expect(await linesAfter(before)).toBe(1);
  });

  const SLOW: readonly (readonly [what: string, answer: typeof answer])[] = [
    ['says nothing', () => undefined],
    ['is still refusing', refusal],
    ['took the connection and says nothing', acceptance],
  ];
  const LEAVINGS: readonly (readonly [how: string, leave: (caller: WebSocket) => void])[] = [
    [
      'closes',
      (caller) => {
        caller.close(1000);
      },
    ],
    [
      'vanishes',
      (caller) => {
        caller.terminate();
      },
    ],
  ];

  describe.each(SLOW)('that %s', (_what, slow) => {
    it.each(LEAVINGS)('is over at once when the caller %s', async (_how, leave) => {
      const before = (await proxy.auditedCalls()).length;
      answer = slow;
      const asked = upstream.asked();
      const caller = await open();
      const connection = await asked;
      leave(caller);
      expect(await msUntilClosed(connection)).toBeLessThan(AT_ONCE_MS);
      expect(await linesAfter(before)).toBe(1);
    });
  });

  it('shows no key in the words of a refusal, however they are cut', async () => {
    const words = `Consumer 'api_key:${keyText('primary')}' has been suspended.`;
    answer = (socket) => {
      const body = JSON.stringify({ error: { code: 400, message: words } });
      socket.end(`HTTP/1.1 400 X\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    };
    const caller = await open();
    const [, reason] = (await once(caller, 'close', { signal: AbortSignal.timeout(2_000) })) as [number, Buffer];
    expect(reason.toString()).not.toContain(keyText('primary').slice(0, 12));
  });
});
