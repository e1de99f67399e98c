import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyProbe, type ProbeResult } from '../../../src/balancer/health/key-probe.js';
import { ConfigStore } from '../../../src/config/config.store.js';
import { proxyConfigSchema } from '../../../src/config/schema.js';
import { UpstreamClient } from '../../../src/egress/upstream-client.js';
import { Emulator } from '../../../src/emulator/emulator.js';
import { Secret } from '../../../src/kernel/secret.js';
import { ManualClock } from '../../support/manual-clock.js';

const KEY = 'test-key-probed-0123456789-0123456789';

describe('KeyProbe', () => {
  const clock = new ManualClock();
  let emulator: Emulator;
  let upstream: UpstreamClient;
  let probe: (serves?: (model: string) => boolean) => Promise<ProbeResult>;

  beforeEach(async () => {
    emulator = await Emulator.start({ scenario: { keys: [{ id: 'probed', key: KEY }] } });
    const config = new ConfigStore(proxyConfigSchema.parse({ gemini: { base_url: emulator.url } }));
    upstream = new UpstreamClient(config);
    const keyProbe = new KeyProbe(config, upstream, clock);
    probe = (serves) => keyProbe.probe(new Secret(KEY), serves);
  });

  afterEach(async () => {
    await upstream.onApplicationShutdown();
    await emulator.stop();
  });

  it('finds a good key well, with two calls that cost nothing', async () => {
    await expect(probe()).resolves.toEqual({ kind: 'well' });
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1beta/models?pageSize=50',
      expect.stringMatching(/^POST \/v1beta\/models\/[\w.-]+:countTokens$/),
    ]);
  });

  it('counts the tokens of a model that the key is meant for', async () => {
    await probe((model) => model === 'gemini-2.5-pro');
    expect(emulator.requests[1]?.path).toBe('/v1beta/models/gemini-2.5-pro:countTokens');
  });

  it.each([
    ['invalid', 'key', 'API_KEY_INVALID'],
    ['leaked', 'key', 'API_KEY_LEAKED'],
    ['retired', 'key', 'ACCESS_TOKEN_TYPE_UNSUPPORTED'],
    ['suspended', 'project', 'CONSUMER_SUSPENDED'],
    ['service_disabled', 'project', 'SERVICE_DISABLED'],
  ] as const)('says that a key that is %s is refused, and on whose account', async (state, scope, reason) => {
    emulator.setKeyState('probed', state);
    await expect(probe()).resolves.toEqual({ kind: 'refused', verdict: { scope, reason } });
  });

  it('finds out a key that may list models and nothing else', async () => {
    emulator.script({ path: ':countTokens' }, { kind: 'error', error: 'project_denied' });
    await expect(probe()).resolves.toMatchObject({ kind: 'refused', verdict: { scope: 'project' } });
  });

  it('does not take spent quota for a bad key', async () => {
    emulator.script({ path: ':countTokens' }, { kind: 'answer', status: 429, body: '{}' });
    await expect(probe()).resolves.toEqual({ kind: 'well' });
    emulator.script({ path: /models\?/ }, { kind: 'answer', status: 429, body: '{}' });
    await expect(probe()).resolves.toEqual({ kind: 'well' });
  });

  it.each([
    ['an overloaded model', ':countTokens', { kind: 'error', error: 'overloaded' }, 'HTTP 503'],
    ['an address that lists no models', /models\?/, { kind: 'answer', status: 404, body: 'no such page' }, 'HTTP 404'],
    ['a redirect', /models\?/, { kind: 'redirect', location: 'http://127.0.0.1:9/' }, 'HTTP 302'],
    ['a broken connection', /models\?/, { kind: 'reset', at: 'arrival' }, 'reset'],
  ] as const)('learns nothing from %s', async (_what, path, action, reason) => {
    emulator.script({ path }, action);
    await expect(probe()).resolves.toEqual({ kind: 'unreachable', reason });
  });

  it('gives up on an upstream that never answers', async () => {
    emulator.script({ path: /models\?/ }, { kind: 'stall', at: 'headers' });
    const result = probe();
    await emulator.waitFor(({ path }) => path.includes('/models?'));
    clock.advance(10_000);
    await expect(result).resolves.toEqual({ kind: 'unreachable', reason: 'timeout' });
    expect(clock.pending).toBe(0);
  });
});
