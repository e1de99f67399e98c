import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keyText, MODEL, type ProxyOptions, ProxyHarness } from '../support/proxy.harness.js';

const scenarioKeys = (ids: readonly string[]) => ids.map((id) => ({ id, key: keyText(id) }));

describe('failover', () => {
  let proxy: ProxyHarness;
  const start = async (options: ProxyOptions): Promise<void> => {
    proxy = await ProxyHarness.start(options);
  };
  afterEach(() => proxy.stop());

  it('loses none of 1,000 calls when one of two keys is dead', async () => {
    await start({ keys: ['dead', 'good'], scenario: { keys: scenarioKeys(['good']) } });
    const statuses = new Set<number>();
    for (let round = 0; round < 20; round += 1) {
      const batch = Array.from({ length: 50 }, async () => {
        const response = await proxy.generate();
        await response.arrayBuffer();
        statuses.add(response.status);
      });
      await Promise.all(batch);
    }
    expect([...statuses]).toEqual([200]);
    const toDead = proxy.emulator.requests.filter((request) => request.key === keyText('dead'));
    // Calls that were under way together may all meet it once; then it rests.
    expect(toDead.length).toBeLessThanOrEqual(50);
  });

  it.each([
    'invalid',
    'expired',
    'leaked',
    'suspended',
    'project_denied',
    'service_disabled',
    'prepaid_depleted',
  ] as const)('serves from another key when one is %s', async (state) => {
    const keys = [{ id: 'bad', key: keyText('bad'), state }, ...scenarioKeys(['good'])];
    await start({ keys: ['bad', 'good'], scenario: { keys } });
    for (let call = 0; call < 4; call += 1) {
      const response = await proxy.generate();
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    expect(proxy.emulator.requests.filter((request) => request.key === keyText('bad'))).toHaveLength(1);
  });

  it('moves to another project when a minute’s quota is spent, and asks the first no more', async () => {
    const projects = ['small', 'large'].map((id) => ({ id, quotas: { '*': { rpm: id === 'small' ? 1 : 1000 } } }));
    const keys = projects.map(({ id }) => ({ id, key: keyText(id), project: id }));
    await start({ keys: ['small', 'large'], scenario: { projects, keys } });
    for (let call = 0; call < 8; call += 1) {
      const response = await proxy.generate();
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    const toSmall = proxy.emulator.requests.filter((request) => request.key === keyText('small'));
    expect(toSmall).toHaveLength(2);
  });

  it('tells when quota returns once every project has spent it', async () => {
    const projects = [{ id: 'only', quotas: { '*': { rpm: 1 } } }];
    await start({
      keys: ['only'],
      scenario: { projects, keys: [{ id: 'only', key: keyText('only'), project: 'only' }] },
    });
    await (await proxy.generate()).arrayBuffer();
    const spent = await proxy.generate();
    expect(spent.status).toBe(429);
    expect(Number(spent.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(spent.headers.get('x-gemini-proxy-fault')).toBeNull();
    await spent.arrayBuffer();
    const resting = await proxy.generate();
    expect([resting.status, resting.headers.get('x-gemini-proxy-fault')]).toEqual([429, 'keys_exhausted']);
    expect(JSON.stringify(await resting.json())).toContain('RetryInfo');
    expect(proxy.emulator.requests).toHaveLength(2);
  });

  it('does not tell a caller that its key is bad when ours are', async () => {
    await start({ keys: ['a', 'b'], scenario: { keys: scenarioKeys(['other']) } });
    const response = await proxy.generate();
    expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([
      502,
      'upstream_credentials_refused',
    ]);
    await response.arrayBuffer();
    const later = await proxy.generate();
    expect([later.status, later.headers.get('x-gemini-proxy-fault')]).toEqual([503, 'keys_unavailable']);
    await later.arrayBuffer();
  });

  it('reports the attempts of a call in its audit line', async () => {
    await start({ keys: ['dead', 'good'], scenario: { keys: scenarioKeys(['good']) } });
    await (await proxy.generate()).arrayBuffer();
    await (await proxy.generate()).arrayBuffer();
    const attempts = (await proxy.auditedCalls()).map(({ details }) => details.attempts).sort();
    expect(attempts).toEqual([1, 2]);
  });

  it('keeps upstream keys out of audit, metrics and answers while they are refused', async () => {
    const keys = [{ id: 'bad', key: keyText('bad'), state: 'suspended' as const }];
    await start({ keys: ['bad'], scenario: { keys } });
    const answers = [await (await proxy.generate()).text(), await (await proxy.generate()).text()].join();
    const everything = answers + (await proxy.auditText()) + (await proxy.metrics());
    expect(everything).not.toContain(keyText('bad'));
  });
});

describe('repetition', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    // Tests of one suite would trip the breaker together.
    const api_keys = ['a', 'b'].map((id) => ({ id, key: keyText(id) }));
    const retry = { backoff: { base: '1ms', max: '10ms' } };
    proxy = await ProxyHarness.start({ config: { gemini: { api_keys, retry, breaker: { failures: 1_000 } } } });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterAll(() => proxy.stop());
  const status = async (): Promise<number> => {
    const response = await proxy.generate();
    await response.arrayBuffer();
    return response.status;
  };

  it('waits out an overload of the model without blaming a key', async () => {
    proxy.emulator.script({}, { kind: 'error', error: 'overloaded' }, { times: 2 });
    expect(await status()).toBe(200);
    expect(proxy.emulator.requests).toHaveLength(3);
  });

  it('hands an overload on after the attempts that are allowed', async () => {
    proxy.emulator.script({}, { kind: 'error', error: 'overloaded' });
    expect(await status()).toBe(503);
    expect(proxy.emulator.requests).toHaveLength(3);
  });

  // A repetition would be billed twice.
  it('does not repeat a generation that may have been carried out', async () => {
    proxy.emulator.script({}, { kind: 'reset', at: 'headers' });
    expect(await status()).toBe(502);
    expect(proxy.emulator.requests).toHaveLength(1);
  });

  it('repeats a read that was lost', async () => {
    proxy.emulator.script({}, { kind: 'reset', at: 'headers' }, { times: 1 });
    const response = await proxy.fetch(`/v1beta/models/${MODEL}`);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    expect(proxy.emulator.requests).toHaveLength(2);
  });
});
