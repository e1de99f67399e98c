import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keyText, ProxyHarness } from '../support/proxy.harness.js';

/** Google takes chunks of a multiple of this, but for the last. */
const CHUNK = 8 * 1024 * 1024;

describe('files', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'] });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterAll(() => proxy.stop());

  const startUpload = (bytes: number, headers: Record<string, string> = {}): Promise<Response> =>
    proxy.fetch('/upload/v1beta/files', {
      method: 'POST',
      headers: {
        'x-goog-upload-protocol': 'resumable',
        'x-goog-upload-command': 'start',
        'x-goog-upload-header-content-length': String(bytes),
        'x-goog-upload-header-content-type': 'text/plain',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ file: { displayName: 'notes' } }),
    });

  /** As the Python SDK does: without any credential. */
  const sendChunk = (url: string, body: Uint8Array, offset: number, last: boolean): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: {
        'x-goog-upload-command': last ? 'upload, finalize' : 'upload',
        'x-goog-upload-offset': String(offset),
      },
      body,
    });

  it('are uploaded in chunks through the proxy alone, without a credential, and on one key', async () => {
    const start = await startUpload(2 * CHUNK);
    const url = start.headers.get('x-goog-upload-url') ?? '';
    expect([start.status, start.headers.get('x-goog-upload-status')]).toEqual([200, 'active']);
    expect(url).toMatch(new RegExp(`^${proxy.url}/upload/v1beta/files\\?upload_id=[\\w-]+&upload_protocol=resumable$`));
    expect(url).not.toContain(new URL(proxy.emulator.url).port);
    const first = await sendChunk(url, new Uint8Array(CHUNK), 0, false);
    expect([first.status, first.headers.get('x-goog-upload-status')]).toEqual([200, 'active']);
    const last = await sendChunk(url, new Uint8Array(CHUNK), CHUNK, true);
    expect([last.status, last.headers.get('x-goog-upload-status')]).toEqual([200, 'final']);
    expect(await last.json()).toMatchObject({
      file: { name: expect.stringMatching(/^files\//), sizeBytes: String(2 * CHUNK) },
    });
    expect(new Set(proxy.emulator.requests.map((request) => request.key)).size).toBe(1);
  });

  it('may end with an empty chunk', async () => {
    const url = (await startUpload(CHUNK)).headers.get('x-goog-upload-url') ?? '';
    await sendChunk(url, new Uint8Array(CHUNK), 0, false);
    const last = await sendChunk(url, new Uint8Array(0), CHUNK, true);
    expect([last.status, last.headers.get('x-goog-upload-status')]).toEqual([200, 'final']);
  });

  it('start on another key when the first is dead', async () => {
    proxy.emulator.setKeyState(keyText('a'), 'invalid');
    proxy.emulator.setKeyState(keyText('b'), 'ok');
    for (let round = 0; round < 2; round += 1) expect((await startUpload(1)).status).toBe(200);
  });

  it('cannot be continued under an id that was altered', async () => {
    const url = (await startUpload(CHUNK)).headers.get('x-goog-upload-url') ?? '';
    const forged = url.replace(/upload_id=(.)/, (_all, first: string) => `upload_id=${first === 'A' ? 'B' : 'A'}`);
    const response = await sendChunk(forged, new Uint8Array(1), 0, true);
    expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([404, 'upload_session_invalid']);
    await response.arrayBuffer();
  });

  it('show the origin and prefix of a trusted proxy in front', async () => {
    const trusting = await ProxyHarness.start({ config: { server: { trust_proxy: ['127.0.0.1/32'] } } });
    try {
      const response = await trusting.fetch('/upload/v1beta/files', {
        method: 'POST',
        headers: {
          'x-goog-upload-protocol': 'resumable',
          'x-goog-upload-command': 'start',
          'x-goog-upload-header-content-length': '1',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'ai.example.com',
          'x-forwarded-prefix': '/gemini',
        },
        body: '{}',
      });
      expect(response.headers.get('x-goog-upload-url')).toMatch(
        /^https:\/\/ai\.example\.com\/gemini\/upload\/v1beta\/files\?/,
      );
    } finally {
      await trusting.stop();
    }
  });
});

describe('downloads', () => {
  it('follow redirects within upstream, with the key', async () => {
    const proxy = await ProxyHarness.start({ scenario: { redirect_downloads: true } });
    try {
      const operation = await proxy.fetch('/v1beta/models/gemini-3.8-flash', {});
      await operation.arrayBuffer();
      proxy.emulator.script({ path: /:download/, nth: 1 }, { kind: 'redirect', location: '/v1beta/models' });
      const response = await proxy.fetch('/v1beta/files/x:download?alt=media');
      expect(response.status).toBe(200);
      expect(await response.json()).toHaveProperty('models');
      expect(proxy.emulator.requests.at(-1)?.key).toBe(keyText('primary'));
    } finally {
      await proxy.stop();
    }
  });

  it('never follow a redirect to a stranger', async () => {
    const proxy = await ProxyHarness.start();
    try {
      proxy.emulator.script({}, { kind: 'redirect', location: 'http://127.0.0.1:1/steal' });
      const response = await proxy.fetch('/v1beta/files/x:download?alt=media');
      expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([
        502,
        'upstream_redirect_refused',
      ]);
      await response.arrayBuffer();
    } finally {
      await proxy.stop();
    }
  });

  it('never show the key that an error behind a redirect quotes', async () => {
    const proxy = await ProxyHarness.start();
    try {
      const body = JSON.stringify({ error: { code: 403, message: "Consumer 'api_key:{key}' has been suspended." } });
      proxy.emulator.script(
        { path: /files.x:download/ },
        { kind: 'redirect', location: '/v1beta/files/other:download' },
      );
      proxy.emulator.script({ path: /other/ }, { kind: 'answer', status: 403, body });
      const response = await proxy.fetch('/v1beta/files/x:download?alt=media');
      const text = await response.text();
      expect(response.status).toBe(403);
      expect(text).toContain('has been suspended');
      expect(text).not.toContain(keyText('primary'));
    } finally {
      await proxy.stop();
    }
  });
});
