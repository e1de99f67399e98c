import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';

describe('a unary call', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  afterAll(() => proxy.stop());

  it('gets the answer of upstream', async () => {
    const response = await proxy.generate();
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ modelVersion: MODEL });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('drops what belongs to the connection to Google', async () => {
    const response = await proxy.generate();
    expect(response.headers.get('alt-svc')).toBeNull();
    expect(response.headers.get('x-gemini-service-tier')).toBe('standard');
  });

  it('sends one credential upstream, in the header, and none of the caller', async () => {
    await proxy.fetch(`/v1beta/models/${MODEL}?key=${proxy.token}&prettyPrint=false`, {
      headers: { authorization: `Bearer ${proxy.token}`, cookie: 'a=b', 'x-goog-user-project': 'p' },
    });
    const seen = proxy.emulator.requests.at(-1);
    expect(seen?.path).toBe(`/v1beta/models/${MODEL}?prettyPrint=false`);
    expect(Object.keys(seen?.headers ?? {})).toEqual(expect.not.arrayContaining(['authorization', 'cookie']));
    expect(JSON.stringify(seen?.headers)).not.toContain(proxy.token);
    expect(seen?.headers).not.toHaveProperty('x-goog-user-project');
  });

  it.each([
    ['x-goog-api-key', (token: string) => ['', { 'x-goog-api-key': token }] as const],
    ['Authorization: Bearer', (token: string) => ['', { authorization: `Bearer ${token}` }] as const],
    ['?key=', (token: string) => [`?key=${token}`, {}] as const],
  ])('takes the token as %s', async (_place, put) => {
    const [query, headers] = put(proxy.token);
    const response = await fetch(`${proxy.url}/v1beta/models${query}`, { headers });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });

  it('writes one audit line with what was used', async () => {
    const before = (await proxy.auditedCalls()).length;
    await (await proxy.generate()).arrayBuffer();
    const calls = await proxy.auditedCalls();
    expect(calls.length).toBe(before + 1);
    expect(calls.at(-1)).toMatchObject({
      action: `POST /v1beta/models/${MODEL}:generateContent`,
      result: 'Success',
      actor: { type: 'client', id: 'tester' },
      details: { status: 200, model: MODEL, key: 'primary', attempts: 1, ended: 'complete' },
    });
    expect(calls.at(-1)?.details.tokens?.['output']).toBeGreaterThan(0);
  });

  it('counts under the four names of the contract', async () => {
    await (await proxy.generate()).arrayBuffer();
    const text = await proxy.metrics();
    expect(text).toMatch(/^http_requests_total\{plane="data",surface="native",method="POST",status="200"\} [1-9]/m);
    expect(text).toMatch(/^gemini_api_calls_total\{model="gemini-3.8-flash",key="primary",outcome="ok"\} [1-9]/m);
    expect(text).toMatch(/^api_key_usage\{key="primary"\} [1-9]/m);
  });

  it('answers the paths of every version alike', async () => {
    for (const version of ['v1', 'v1beta', 'v1alpha']) {
      const response = await proxy.fetch(`/${version}/models/${MODEL}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ name: `models/${MODEL}` });
    }
  });

  it('forwards an unknown path of a version', async () => {
    const response = await proxy.fetch('/v1beta/somethingNew');
    expect(response.headers.get('x-gemini-proxy-fault')).toBeNull();
    expect(proxy.emulator.requests.at(-1)?.path).toBe('/v1beta/somethingNew');
    await response.arrayBuffer();
  });

  it('passes an error of the caller on as Google said it', async () => {
    const response = await proxy.fetch('/v1beta/models/no-such-model:generateContent', {
      method: 'POST',
      body: JSON.stringify({ contents: [{ parts: [{ text: 'x' }] }] }),
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
    expect(response.headers.get('x-gemini-proxy-fault')).toBeNull();
  });

  it('decodes a compressed body within its limit and refuses an unknown encoding', async () => {
    const { gzipSync } = await import('node:zlib');
    const body = gzipSync(JSON.stringify({ contents: [{ parts: [{ text: 'hello' }] }] }));
    const packed = await proxy.generate('generateContent', '', { body, headers: { 'content-encoding': 'gzip' } });
    expect(packed.status).toBe(200);
    await packed.arrayBuffer();
    const strange = await proxy.generate('generateContent', '', { body, headers: { 'content-encoding': 'zstd' } });
    expect(strange.status).toBe(415);
    await strange.arrayBuffer();
  });
});
