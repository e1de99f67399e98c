import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';

/** Sends bytes on a socket of their own and returns what comes back until it closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => {
      resolve(answer);
    });
    socket.on('error', reject);
    socket.setTimeout(5_000, () => socket.destroy());
  });
}

describe('bad input', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({
      config: { server: { body: { max: '1MiB', buffer: '64KiB', memory_budget: '2MiB' } } },
    });
  });
  afterAll(() => proxy.stop());

  const cases: readonly [what: string, path: string, init: RequestInit, status: number, code: string][] = [
    ['a path that is none', '/nothing/here', {}, 404, 'path_unknown'],
    ['the multipart batch path', '/batch', { method: 'POST', body: 'x' }, 404, 'path_unknown'],
    ['a path with a backslash', '/v1beta/models%5C..%5Cx', {}, 400, 'path_malformed'],
    [
      'a protobuf answer',
      `/v1beta/models/${MODEL}:generateContent?alt=proto`,
      { method: 'POST' },
      400,
      'parameter_refused',
    ],
    [
      'a body that is too large',
      `/v1beta/models/${MODEL}:generateContent`,
      { method: 'POST', body: 'x'.repeat(2_000_000) },
      413,
      'body_too_large',
    ],
    [
      'a foreign upload session',
      '/upload/v1beta/files?upload_id=forged',
      { method: 'POST', body: 'x' },
      404,
      'upload_session_invalid',
    ],
  ];

  it.each(cases)('%s is refused in Google’s shape', async (_what, path, init, status, code) => {
    const response = await proxy.fetch(path, init);
    expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([status, code]);
    const { error } = (await response.json()) as { error: { code: number; message: string; details: unknown[] } };
    expect(error.code).toBe(status);
    expect(error.details).toContainEqual(expect.objectContaining({ reason: code.toUpperCase() }));
    expect(error.message).not.toMatch(/ at .*\.(js|ts)/);
  });

  it.each(['/v1beta/models#x:countTokens', '/v1beta/models?a=1#b'])('refuses the fragment in %s', async (target) => {
    const head = `Host: x\r\nConnection: close\r\nx-goog-api-key: ${proxy.token}`;
    const answer = await raw(proxy.application.dataPort, `GET ${target} HTTP/1.1\r\n${head}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('path_malformed');
  });

  it.each(['Content-Type: ;;;', 'Content-Type:', 'Expect: something'])(
    'passes over the odd header "%s"',
    async (header) => {
      const head = `Host: x\r\nConnection: close\r\nx-goog-api-key: ${proxy.token}\r\n${header}`;
      const answer = await raw(
        proxy.application.dataPort,
        `POST /v1beta/models/${MODEL}:countTokens HTTP/1.1\r\n${head}\r\nContent-Length: 2\r\n\r\n{}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 (200|400) /);
      expect(answer).toContain('x-request-id: ');
      expect(answer).not.toContain('FST_ERR');
    },
  );

  it.each(['PROPFIND', 'TRACE', 'PURGE'])('the method %s is refused in Google’s shape', async (method) => {
    const head = `Host: x\r\nConnection: close\r\nx-goog-api-key: ${proxy.token}`;
    const answer = await raw(proxy.application.dataPort, `${method} /v1beta/models HTTP/1.1\r\n${head}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    expect(answer).toContain('"reason":"METHOD_NOT_ALLOWED"');
  });

  const badTokens: readonly [what: string, headers: Record<string, string>, code: string][] = [
    ['no token', {}, 'credentials_missing'],
    ['a forged token', { 'x-goog-api-key': 'eyJhbGciOiJub25lIn0.e30.' }, 'token_invalid'],
    ['a key of Google', { 'x-goog-api-key': 'AIzaSyA1234567890123456789012345678901' }, 'token_malformed'],
  ];

  it.each(badTokens)('%s is refused with 401', async (_what, headers, code) => {
    const response = await fetch(`${proxy.url}/v1beta/models`, { headers });
    expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([401, code]);
    expect(await response.json()).toMatchObject({ error: { code: 401, status: 'UNAUTHENTICATED' } });
  });

  it('two different tokens are one too many', async () => {
    const response = await proxy.fetch('/v1beta/models?key=other');
    expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([400, 'credentials_ambiguous']);
    await response.arrayBuffer();
  });

  it('wraps the error in an array where Google does', async () => {
    const response = await fetch(`${proxy.url}/v1beta/models/${MODEL}:streamGenerateContent`, {
      method: 'POST',
      body: '{}',
    });
    expect(await response.json()).toEqual([{ error: expect.objectContaining({ code: 401 }) }]);
  });

  it('speaks the dialect of the OpenAI routes', async () => {
    const response = await proxy.fetch('/openai/v1/chat/completions', { method: 'POST', body: '{"model":' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: 'body_not_json' },
    });
  });

  it('speaks the dialect of interactions', async () => {
    const response = await proxy.fetch('/v1beta/interactions', { method: 'POST', body: '{"model":"a","model":"b"}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: { code: 'invalid_request', message: expect.stringContaining('twice') },
    });
  });

  it('audits refused calls too, under what they were refused for', async () => {
    await (await fetch(`${proxy.url}/v1beta/models`)).arrayBuffer();
    const last = (await proxy.auditedCalls()).at(-1);
    expect(last).toMatchObject({
      result: 'Denied',
      details: { status: 401, ended: 'refused', fault: 'credentials_missing' },
    });
    expect(last?.actor).toBeUndefined();
  });

  it('refuses a path that climbs above the root', async () => {
    const head = `Host: x\r\nConnection: close\r\nx-goog-api-key: ${proxy.token}`;
    const answer = await raw(proxy.application.dataPort, `GET /v1beta/%2e%2e/%2e%2e/etc HTTP/1.1\r\n${head}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('path_malformed');
  });

  it.each([
    ['garbage', 'GARBAGE\r\n\r\n'],
    ['two lengths', 'POST /v1beta/models HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na'],
    [
      'a length and chunks',
      'POST /v1beta/models HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(100_000)}\r\n\r\n`],
  ])('%s on the wire gets a 4xx and a closed connection', async (_what, text) => {
    const answer = await raw(proxy.application.dataPort, text);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).toMatch(/x-gemini-proxy-fault: (request_malformed|headers_too_large)/);
    expect(answer).not.toMatch(/ at .*\.(js|ts)/);
  });

  it('lives on after all that', async () => {
    const response = await proxy.generate();
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });
});
