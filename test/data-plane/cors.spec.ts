import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProxyHarness } from '../support/proxy.harness.js';

const ORIGIN = 'https://app.example.com';

describe('a page of another origin', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ config: { server: { cors: { origins: [ORIGIN] } } } });
  });
  afterAll(() => proxy.stop());

  const preflight = (origin: string): Promise<Response> =>
    fetch(`${proxy.url}/v1beta/models`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });

  it('gets its preflight answered without a token, when it is allowed', async () => {
    const response = await preflight(ORIGIN);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(response.headers.get('access-control-allow-headers')).toContain('x-goog-api-key');
  });

  it('reads answers and refusals', async () => {
    const good = await proxy.fetch('/v1beta/models', { headers: { origin: ORIGIN } });
    expect([good.status, good.headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN]);
    await good.arrayBuffer();
    const refused = await fetch(`${proxy.url}/v1beta/models`, { headers: { origin: ORIGIN } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, ORIGIN]);
    await refused.arrayBuffer();
  });

  it('is told nothing when it is not allowed', async () => {
    const response = await preflight('https://evil.example.com');
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, null]);
    await response.arrayBuffer();
  });
});
