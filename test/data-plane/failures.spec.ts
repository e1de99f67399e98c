import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { MODEL, keyText, ProxyHarness, readUntilCut } from '../support/proxy.harness.js';

const MIB = 1024 * 1024;

describe('a failure upstream', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    const timeouts = { connect: '300ms', first_byte: '400ms', idle: '400ms' };
    proxy = await ProxyHarness.start({ config: { gemini: { timeouts } } });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterAll(() => proxy.stop());

  const outcome = async (verb?: string): Promise<[status: number, fault: string | null, text: string]> => {
    const response = await proxy.generate(verb);
    return [response.status, response.headers.get('x-gemini-proxy-fault'), await response.text()];
  };

  it('before the answer: a reset is a 502 that says so', async () => {
    proxy.emulator.script({}, { kind: 'reset', at: 'headers' });
    expect(await outcome()).toEqual([502, 'upstream_reset', expect.stringContaining('UNAVAILABLE')]);
  });

  it('before the answer: silence is a 504 after the time that is allowed', async () => {
    proxy.emulator.script({}, { kind: 'stall', at: 'headers' });
    expect(await outcome()).toEqual([504, 'upstream_timeout', expect.stringContaining('DEADLINE_EXCEEDED')]);
  });

  it('within a stream: silence ends it with an error', async () => {
    proxy.emulator.script({}, { kind: 'stall', at: 300 });
    const response = await proxy.generate('streamGenerateContent?alt=sse');
    expect(response.status).toBe(200);
    expect(await readUntilCut(response)).toContain('DEADLINE_EXCEEDED');
  });

  it('that lasts longer than a call may take in all is a 504', async () => {
    const hasty = await ProxyHarness.start({ config: { gemini: { timeouts: { total: '100ms' } } } });
    hasty.emulator.script({}, { kind: 'stall', at: 'headers' });
    const response = await hasty.generate();
    expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([504, 'upstream_timeout']);
    await response.arrayBuffer();
    await hasty.emulator.waitFor((recorded) => recorded.aborted);
    await hasty.stop();
  });

  it('within a unary answer: the caller sees that it is broken', async () => {
    proxy.emulator.script({}, { kind: 'reset', at: 50 });
    const response = await proxy.generate();
    await expect(response.text()).rejects.toThrow();
    expect((await proxy.auditedCalls()).at(-1)).toMatchObject({ details: { ended: 'truncated' } });
  });

  it('that quotes the key is shown without it', async () => {
    for (const where of ['body', 'header'] as const) {
      proxy.emulator.script({}, { kind: 'echo_key', where }, { times: 1 });
      const response = await proxy.generate();
      const all = JSON.stringify([...response.headers]) + (await response.text());
      expect(all).not.toContain(keyText('primary'));
      proxy.emulator.reset();
    }
  });

  it('after a caller that went away: upstream is stopped at once', async () => {
    proxy.emulator.script({}, { kind: 'stall', at: 300 });
    const controller = new AbortController();
    const response = await proxy.generate('streamGenerateContent?alt=sse', 'hello', { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    const seen = await proxy.emulator.waitFor((recorded) => recorded.aborted);
    expect(seen.aborted).toBe(true);
    expect((await lastCall()).details).toMatchObject({ ended: 'aborted', status: 200 });
  });

  it('after a caller that went away before the answer: upstream is stopped at once', async () => {
    proxy.emulator.script({}, { kind: 'stall', at: 'headers' });
    const controller = new AbortController();
    const call = proxy.generate('generateContent', 'hello', { signal: controller.signal });
    await proxy.emulator.waitFor((recorded) => recorded.path.includes('generateContent'));
    controller.abort();
    await expect(call).rejects.toThrow();
    await proxy.emulator.waitFor((recorded) => recorded.aborted);
    expect((await lastCall()).details).toMatchObject({ ended: 'aborted', status: 499, fault: 'caller_gone' });
  });

  it('after a caller that went away while an error is read: the call is audited all the same', async () => {
    proxy.emulator.script({}, { kind: 'error', error: 'bad_request' });
    proxy.emulator.script({}, { kind: 'stall', at: 20 });
    const controller = new AbortController();
    const call = proxy.generate('generateContent', 'hello', { signal: controller.signal });
    await proxy.emulator.waitFor((recorded) => recorded.path.includes('generateContent'));
    controller.abort();
    await expect(call).rejects.toThrow();
    await proxy.emulator.waitFor((recorded) => recorded.aborted);
    expect((await lastCall()).details).toMatchObject({ ended: 'aborted', status: 499 });
  });

  let audited = 0;
  beforeEach(async () => {
    audited = (await proxy.auditedCalls()).length;
  });

  /** The audit line of this test's call; it is written when the response has closed. */
  const lastCall = async () => {
    for (;;) {
      const calls = await proxy.auditedCalls();
      const last = calls.at(-1);
      if (last && calls.length > audited) return last;
    }
  };
});

describe('an upstream that nobody reaches', () => {
  it('is a 502 after the attempts that are allowed', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const proxy = await ProxyHarness.start({ baseUrl: `http://127.0.0.1:${port}`, keys: ['a', 'b'] });
    try {
      const response = await proxy.generate();
      expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([502, 'upstream_unreachable']);
      await response.arrayBuffer();
      expect((await proxy.auditedCalls()).at(-1)?.details.attempts).toBe(3);
    } finally {
      await proxy.stop();
    }
  });
});

describe('memory', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterAll(() => proxy.stop());

  it('does not grow with a reader that is slow: upstream is held back', async () => {
    let written = 0;
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const upstream = createHttpServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      const write = (): void => {
        let accepted = true;
        while (accepted && written < 512 * MIB) {
          accepted = response.write(chunk);
          written += chunk.length;
        }
        response.once('drain', write);
      };
      write();
    }).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    const slow = await ProxyHarness.start({ baseUrl: `http://127.0.0.1:${port}` });
    try {
      const sent = request(`${slow.url}/v1beta/models/${MODEL}`, { headers: { 'x-goog-api-key': slow.token } }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.pause();
      await settles(() => written);
      expect(written).toBeLessThan(64 * MIB);
      response.destroy();
    } finally {
      await slow.stop();
      upstream.closeAllConnections();
      upstream.close();
    }
  });

  /** Resolves when a number has stopped to change. */
  const settles = async (read: () => number): Promise<void> => {
    for (let before = -1; before !== read();) {
      before = read();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('takes a body of 100 MiB', async () => {
    const part = { inlineData: { mimeType: 'image/png', data: 'A'.repeat(100 * MIB) } };
    const body = JSON.stringify({ contents: [{ parts: [part, { text: 'what is this' }] }] });
    const response = await proxy.generate('countTokens', '', { body });
    expect(response.status).toBe(200);
    expect(proxy.emulator.requests.at(-1)?.bodyBytes).toBe(Buffer.byteLength(body));
    await response.arrayBuffer();
  });
});
