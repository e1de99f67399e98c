import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { on, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { keyText, ProxyHarness } from '../support/proxy.harness.js';

const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const LIVE_MODEL = 'gemini-3.8-live';
const SETUP = JSON.stringify({
  setup: { model: `models/${LIVE_MODEL}`, generationConfig: { responseModalities: ['TEXT'] } },
});
const TURN = JSON.stringify({
  clientContent: { turns: [{ role: 'user', parts: [{ text: 'hello' }] }], turnComplete: true },
});

type Headers = Readonly<Record<string, string>>;

interface ServerMessage {
  readonly setupComplete?: object;
  readonly serverContent?: { readonly turnComplete?: boolean };
}

describe('a Live session', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'] });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterAll(() => proxy.stop());

  const inboxes = new WeakMap<WebSocket, AsyncIterator<[Buffer]>>();

  const open = (path = PATH, headers: Headers = { 'x-goog-api-key': proxy.token }, url = proxy.url): WebSocket => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
    inboxes.set(socket, on(socket, 'message') as AsyncIterator<[Buffer]>);
    return socket;
  };

  const nextMessage = async (socket: WebSocket): Promise<ServerMessage> => {
    const { value } = (await inboxes.get(socket)?.next()) as IteratorYieldResult<[Buffer]>;
    return JSON.parse(value[0].toString()) as ServerMessage;
  };

  const closing = async (socket: WebSocket): Promise<[code: number, reason: string]> => {
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    return [code, reason.toString()];
  };

  const setUp = async (socket: WebSocket): Promise<ServerMessage> => {
    await once(socket, 'open');
    socket.send(SETUP);
    return nextMessage(socket);
  };

  /** Asks and reads until the answer is complete. */
  const turn = async (socket: WebSocket): Promise<void> => {
    socket.send(TURN);
    for (let done = false; !done;) {
      done = (await nextMessage(socket)).serverContent?.turnComplete === true;
    }
  };

  it('is set up, answered and closed, both ways', async () => {
    const socket = open();
    expect(await setUp(socket)).toHaveProperty('setupComplete');
    await turn(socket);
    socket.close(1000);
    expect((await closing(socket))[0]).toBe(1000);
    await proxy.emulator.waitFor((request) => request.path.startsWith('/ws/') && request.finished);
  });

  it('takes the token from the query, and two slashes for one', async () => {
    const socket = open(`/${PATH}?key=${proxy.token}`, {});
    expect(await setUp(socket)).toHaveProperty('setupComplete');
    expect(proxy.emulator.requests.at(-1)?.path).toBe(PATH);
    socket.terminate();
  });

  it('is refused before the upgrade without a token', async () => {
    const socket = open(PATH, {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, import('node:http').IncomingMessage];
    expect(response.statusCode).toBe(401);
    expect(response.headers['x-gemini-proxy-fault']).toBe('credentials_missing');
    response.resume();
  });

  it('is refused on a path that is none', async () => {
    const socket = open('/ws/other');
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, import('node:http').IncomingMessage];
    expect(response.statusCode).toBe(404);
    response.resume();
  });

  it('must begin with setup', async () => {
    const socket = open();
    await once(socket, 'open');
    socket.send(TURN);
    expect(await closing(socket)).toEqual([1007, expect.stringContaining('setup')]);
  });

  it('is opened on another key when the first is dead', async () => {
    proxy.emulator.setKeyState(keyText('a'), 'expired');
    for (let round = 0; round < 2; round += 1) {
      const socket = open();
      expect(await setUp(socket)).toHaveProperty('setupComplete');
      socket.terminate();
    }
  });

  it('ends as upstream ends it', async () => {
    proxy.emulator.script({}, { kind: 'close', code: 1011, reason: 'Deadline expired', at: 'turn' });
    const socket = open();
    await setUp(socket);
    socket.send(TURN);
    expect(await closing(socket)).toEqual([1011, 'Deadline expired']);
  });

  // The quoted words condemn the key, so this session has a proxy of its own.
  it('never shows a key that upstream quotes in a close reason', async () => {
    const condemned = await ProxyHarness.start();
    condemned.emulator.script({}, { kind: 'echo_key', where: 'close_reason' });
    const socket = open(PATH, { 'x-goog-api-key': condemned.token }, condemned.url);
    await once(socket, 'open');
    socket.send(SETUP);
    const [, reason] = await closing(socket);
    expect(reason.length).toBeGreaterThan(0);
    expect(reason).not.toMatch(/test-key-/);
    await condemned.stop();
  });

  it('is accounted at its end', async () => {
    const socket = open();
    await setUp(socket);
    await turn(socket);
    socket.close(1000);
    await closing(socket);
    for (;;) {
      const call = (await proxy.auditedCalls()).filter(({ action }) => action.includes('/ws/')).at(-1);
      if (call?.details.status !== 101 || !call.details.tokens) continue;
      expect(call.details).toMatchObject({ ended: 'complete', model: LIVE_MODEL });
      expect(call.details.tokens['input']).toBeGreaterThan(0);
      return;
    }
  });

  it('ends after the longest duration that is allowed', async () => {
    const short = await ProxyHarness.start({ config: { gemini: { live: { max_session: '50ms' } } } });
    const socket = open(PATH, { 'x-goog-api-key': short.token }, short.url);
    await setUp(socket);
    expect(await closing(socket)).toEqual([1001, expect.stringContaining('longest')]);
    await short.stop();
  });
});

describe('a Live upstream that misbehaves', () => {
  /** A replica before an upstream of raw bytes. */
  const before = async (serve: (socket: Socket, head: string) => void) => {
    const upstream = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (head: Buffer) => {
        serve(socket, head.toString('latin1'));
      });
    }).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    const config = { gemini: { timeouts: { first_byte: '200ms', idle: '200ms' } } };
    const proxy = await ProxyHarness.start({ baseUrl: `http://127.0.0.1:${port}`, config });
    const socket = new WebSocket(proxy.url.replace('http', 'ws') + PATH, {
      headers: { 'x-goog-api-key': proxy.token },
    });
    const stop = async (): Promise<void> => {
      await proxy.stop();
      upstream.close();
    };
    return { proxy, socket, stop };
  };

  it('by breaking off its refusal costs that session alone', async () => {
    const { proxy, socket, stop } = await before((connection) => {
      connection.write('HTTP/1.1 429 X\r\ncontent-length: 500\r\n\r\n{"error":', () => connection.destroy());
    });
    await once(socket, 'open');
    socket.send(SETUP);
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1011);
    expect((await fetch(`${proxy.controlUrl}/health/live`)).status).toBe(200);
    await stop();
  });

  it('by never answering setup ends in time', async () => {
    const { socket, stop } = await before((connection, head) => {
      const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      const lines = ['HTTP/1.1 101 X', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
      connection.write(`${lines.join('\r\n')}\r\n\r\n`);
    });
    await once(socket, 'open');
    socket.send(SETUP);
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1011);
    await stop();
  });
});
