import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { ConfigStore } from '../../src/config/config.store.js';
import { ExchangeEntry } from '../../src/proxy/exchange-entry.js';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { RawSocket } from './raw-socket.js';

const LIVE_PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const BODY = '{"contents":[{"parts":[{"text":"hello"}]}]}';

describe('a call under way', () => {
  let proxy: ProxyHarness;
  const sockets: RawSocket[] = [];
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'], config: { gemini: { timeouts: { total: '500ms' } } } });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterEach(() => {
    for (const { socket } of sockets.splice(0)) socket.destroy();
  });
  afterAll(() => proxy.stop());

  it('ends at its total time also for a caller that reads nothing', async () => {
    proxy.emulator.script({}, { kind: 'shape', answer_bytes: 40_000_000, chunk_bytes: 100_000 });
    const caller = new RawSocket(proxy.application.dataPort);
    sockets.push(caller);
    caller.socket.pause();
    const head = `POST /v1beta/models/${MODEL}:streamGenerateContent?alt=sse HTTP/1.1\r\nHost: x\r\nx-goog-api-key: ${proxy.token}`;
    caller.say(`${head}\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`);
    await proxy.emulator.waitFor((request) => request.aborted);
    const deadlineMs = performance.now() + 4_000;
    while (proxy.application.get(ExchangeEntry).underWay > 0 && performance.now() < deadlineMs) {
      await proxy.auditedCalls();
    }
    expect(proxy.application.get(ExchangeEntry).underWay).toBe(0);
  });

  it('does not notice that the keys are replaced', async () => {
    const store = proxy.application.get(ConfigStore);
    const { current } = store;
    const keys = current.gemini.api_keys;
    let isOver = false;
    const statuses = new Set<number>();
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const response = await proxy.generate();
        statuses.add(response.status);
        await response.arrayBuffer();
      }
    });
    for (let round = 0; round < 20; round += 1) {
      const left = [keys, keys.slice(0, 1), keys.slice(1)][round % 3] ?? keys;
      store.replace({ ...current, gemini: { ...current.gemini, api_keys: left } });
      const before = proxy.emulator.requests.length;
      await proxy.emulator.waitFor(() => proxy.emulator.requests.length >= before + 5);
    }
    isOver = true;
    await Promise.all(load);
    store.replace(current);
    expect([...statuses]).toEqual([200]);
  });

  it('goes on in an upload of which upstream has a part', async () => {
    proxy.emulator.script({}, { kind: 'answer', status: 308, headers: { range: 'bytes=0-99' } });
    const response = await proxy.fetch('/upload/v1beta/files?uploadType=resumable', {
      method: 'POST',
      body: 'x'.repeat(100),
    });
    expect([response.status, response.headers.get('range')]).toEqual([308, 'bytes=0-99']);
  });

  it('is accounted for when its caller leaves before the answer', async () => {
    proxy.emulator.script({}, { kind: 'stall', at: 'headers' });
    const before = (await proxy.auditedCalls()).length;
    const controller = new AbortController();
    const call = proxy.generate('generateContent', 'hello', { signal: controller.signal });
    await proxy.emulator.waitFor((request) => request.path.includes(':generateContent'));
    controller.abort();
    await expect(call).rejects.toThrow();
    while ((await proxy.auditedCalls()).length === before);
    expect((await proxy.auditedCalls()).at(-1)?.details).toMatchObject({
      attempts: 1,
      key: expect.stringMatching(/^[ab]$/),
    });
  });
});

describe('a Live session', () => {
  it('ends upstream with the code that the caller gave', async () => {
    const upstream = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(upstream, 'listening');
    const closed = new Promise<number>((resolve) => {
      upstream.on('connection', (socket) => {
        socket.on('message', () => {
          socket.send('{"setupComplete":{}}');
        });
        socket.on('close', resolve);
      });
    });
    const proxy = await ProxyHarness.start({ baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` });
    try {
      const caller = new WebSocket(proxy.url.replace('http', 'ws') + LIVE_PATH, {
        headers: { 'x-goog-api-key': proxy.token },
      });
      await once(caller, 'open');
      caller.send('{"setup":{"model":"models/m"}}');
      await once(caller, 'message');
      caller.close(4001);
      expect(await closed).toBe(4001);
    } finally {
      await proxy.stop();
      upstream.close();
    }
  });
});
