import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Balancer } from '../../src/balancer/balancer.service.js';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { RawSocket } from './raw-socket.js';

const KEYS = ['a', 'b', 'c'];
const GENERATE = `/v1beta/models/${MODEL}:generateContent`;

/** What upstream says of itself is not believed, and what a caller says of the proxy is not either. */
describe('an adversary', () => {
  let proxy: ProxyHarness;
  const sockets: RawSocket[] = [];
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: KEYS });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterEach(() => {
    for (const { socket } of sockets.splice(0)) socket.destroy();
  });
  afterAll(() => proxy.stop());

  const usable = (): number => proxy.application.get(Balancer).usable();
  const answer = (status: number, body: string, headers: Record<string, string> = {}): void => {
    proxy.emulator.script({}, { kind: 'answer', status, body, headers });
  };
  const say = async (text: string): Promise<string> => {
    const socket = new RawSocket(proxy.application.dataPort).say(text);
    sockets.push(socket);
    await socket.ends();
    return socket.text;
  };
  const head = (line: string): string =>
    `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-goog-api-key: ${proxy.token}\r\n`;

  describe('that lets upstream quote words of Google’s refusals', () => {
    it.each([
      [400, 'Invalid JSON payload received. Unknown name "API key not valid": Cannot find field.'],
      [400, 'Invalid value at \'x\': "Your API key was reported as leaked."'],
      [400, 'Invalid value at \'x\': "User location is not supported for the API use."'],
      [400, 'Unknown name "Permission denied: Consumer has been suspended"'],
      [404, 'models/your prepayment credits are depleted is not found for API version v1beta.'],
      [400, 'Invalid value: "Your project has exceeded its monthly spending cap"'],
    ])('rests no key: %s %s', async (status, message) => {
      answer(status, JSON.stringify({ error: { code: status, message, status: 'INVALID_ARGUMENT' } }));
      const response = await proxy.generate();
      expect([response.status, usable()]).toEqual([status, KEYS.length]);
      await response.arrayBuffer();
    });

    it('rests no key by calling what no key may call', async () => {
      const message =
        'API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials.';
      const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'CREDENTIALS_MISSING' }];
      answer(401, JSON.stringify({ error: { code: 401, message, status: 'UNAUTHENTICATED', details } }));
      const response = await proxy.generate();
      await response.arrayBuffer();
      expect([response.status, usable()]).toEqual([401, KEYS.length]);
    });
  });

  describe('that lets upstream show a key', () => {
    const echo = JSON.stringify({ error: { code: 404, message: 'api_key:{key} and {key}' } });
    const seen = async (response: Response): Promise<string> =>
      JSON.stringify([...response.headers]) + (await response.text());

    it.each([
      ['behind a redirect', '/v1beta/files/x:download?alt=media', { method: 'GET' }],
      ['to a question about headers only', '/v1beta/files/x:download?alt=media', { method: 'HEAD' }],
    ])('finds none %s', async (_what, path, init) => {
      proxy.emulator.script(
        { path: /files\/x/ },
        { kind: 'redirect', location: '/v1beta/files/other:download?alt=media' },
      );
      proxy.emulator.script(
        { path: /other/ },
        { kind: 'answer', status: 404, body: echo, headers: { 'x-note': '{key}' } },
      );
      const response = await proxy.fetch(path, init);
      expect([response.status, (await seen(response)).includes('test-key-')]).toEqual([404, false]);
    });

    it('finds none in the headers of a good answer, nor of an upload', async () => {
      const headers = { 'x-note': '{key}', location: 'https://generativelanguage.googleapis.com/x?key={key}' };
      answer(200, '{}', headers);
      expect(await seen(await proxy.generate())).not.toContain('test-key-');
      expect(await seen(await proxy.fetch('/upload/v1beta/files', { method: 'POST', body: '{}' }))).not.toContain(
        'test-key-',
      );
    });

    it.each([200, 400])('finds no address of Google’s upload in an answer with status %s', async (status) => {
      const url = 'https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=GOOGLES-OWN';
      answer(status, '{}', {
        'x-goog-upload-url': url,
        'x-goog-upload-control-url': url,
        'x-goog-upload-status': 'active',
      });
      const headers = { 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start' };
      const response = await proxy.fetch('/upload/v1beta/files', { method: 'POST', headers, body: '{}' });
      expect([response.status, await seen(response)]).toEqual([status, expect.not.stringContaining('GOOGLES-OWN')]);
    });
  });

  describe('that sends odd headers', () => {
    it.each(['Content-Type: ;;;', 'Content-Type:', 'Content-Type: a', 'Accept-Version: 3.x'])(
      'is served all the same: %s',
      async (line) => {
        const text = await say(`${head(`POST ${GENERATE}`)}${line}\r\ncontent-length: 2\r\n\r\n{}`);
        expect(text).toMatch(/^HTTP\/1\.1 [24]00 /);
        expect(text).toMatch(/\r\nx-request-id: /i);
        expect(text).not.toContain('FST_');
      },
    );

    it('is refused in Google’s shape for an expectation that nobody can meet, or is served', async () => {
      const text = await say(`${head(`POST ${GENERATE}`)}Expect: miracles\r\ncontent-length: 2\r\n\r\n{}`);
      expect(text).toMatch(/\r\nx-request-id: /i);
    });

    it.each(['constructor', '__proto__', 'toString', 'gzip, gzip'])(
      'is refused for an encoding that is none: %s',
      async (encoding) => {
        const response = await proxy.generate(undefined, 'hello', { headers: { 'content-encoding': encoding } });
        expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([415, 'encoding_unsupported']);
        await response.arrayBuffer();
      },
    );

    it('is refused for a model whose name is a book', async () => {
      const body = JSON.stringify({ model: 'm'.repeat(100_000), messages: [] });
      const response = await proxy.fetch('/openai/v1/chat/completions', { method: 'POST', body });
      expect([response.status, proxy.emulator.requests.length]).toEqual([400, 0]);
      await response.arrayBuffer();
    });

    it('tells upstream no credential and no address of its own', async () => {
      const secret = 'callers-own-secret';
      const names = [
        'x-api-key',
        'api-key',
        'cookie',
        'cf-access-jwt-assertion',
        'x-amzn-oidc-data',
        'x-forwarded-for',
      ];
      const others = [
        'x-client-ip',
        'x-auth-request-access-token',
        'x-goog-user-project',
        'x-goog-iam-authorization-token',
        'x-real-ip',
      ];
      const headers = Object.fromEntries([...names, ...others].map((name) => [name, secret]));
      await (await proxy.generate(undefined, 'hello', { headers })).arrayBuffer();
      expect(JSON.stringify(proxy.emulator.requests.at(-1)?.headers)).not.toContain(secret);
      expect(JSON.stringify(proxy.emulator.requests.at(-1))).not.toContain(proxy.token);
    });

    it('takes away only headers of its own by naming them for one hop', async () => {
      const text = await say(`${head('GET /v1beta/models')}Connection: x-goog-api-key, host\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      expect(JSON.stringify(proxy.emulator.requests.at(-1)?.headers)).toMatch(/test-key-[abc]/);
    });
  });

  describe('that sends an odd address', () => {
    it.each([
      ['a fragment after the method', `${GENERATE}#x:countTokens`],
      ['a fragment in the query', `${GENERATE}?alt=sse#&alt=json`],
      ['two protocols of the answer', `${GENERATE}?alt=proto&alt=json`],
      ['two protocols the other way round', `${GENERATE}?alt=json&alt=proto`],
      ['a protocol in capitals', `${GENERATE}?ALT=proto`],
    ])('is refused, and upstream hears nothing: %s', async (_what, target) => {
      const text = await say(`${head(`POST ${target}`)}content-length: 2\r\n\r\n{}`);
      expect([text.slice(0, 13), proxy.emulator.requests.length]).toEqual(['HTTP/1.1 400 ', 0]);
    });

    it.each(['candidates/*', 'candidates', 'candidates,usageMetadata/promptTokenCount', 'candidates(usageMetadata)'])(
      'cannot hide what a call used: fields=%s',
      async (mask) => {
        const path = `${GENERATE}?fields=${mask}`;
        await (
          await proxy.fetch(path, { method: 'POST', body: '{"contents":[{"parts":[{"text":"x"}]}]}' })
        ).arrayBuffer();
        const sent = new URL(`http://x${proxy.emulator.requests.at(-1)?.path ?? ''}`).searchParams.get('fields');
        expect(sent?.split(/,(?![^(]*\))/)).toEqual(expect.arrayContaining(['usageMetadata', 'modelVersion']));
      },
    );

    it('gets the mask of a call that uses no model passed on as it is', async () => {
      const path = `/v1beta/models/${MODEL}?fields=name`;
      await (await proxy.fetch(path)).arrayBuffer();
      expect(proxy.emulator.requests.at(-1)?.path).toBe(path);
    });
  });

  it('that does all this reaches no secret through audit or metrics', async () => {
    const kept = (await proxy.auditText()) + (await proxy.metrics());
    expect(KEYS.map(keyText).filter((key) => kept.includes(key))).toEqual([]);
    expect(kept).not.toContain(proxy.token);
  });
});
