import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { ExchangeEntry } from '../../src/proxy/exchange-entry.js';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';

const UPLOAD_MAX = 64 * 1024;

/** More than stop all calls, when they are failures of upstream. */
const MANY = 8;

describe('what a caller brings about', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({
      config: { server: { body: { upload_max: '64KiB' } }, gemini: { breaker: { failures: 3 } } },
    });
  });
  beforeEach(() => {
    proxy.emulator.reset();
  });
  afterAll(() => proxy.stop());

  const statusOf = async (call: Promise<Response>): Promise<number> => {
    const response = await call;
    await response.arrayBuffer();
    return response.status;
  };

  /** An upload that does not say how large it is. */
  const uploadOf = async (bytes: number): Promise<number | undefined> => {
    const { hostname, port } = new URL(proxy.url);
    const headers = { 'x-goog-api-key': proxy.token, 'transfer-encoding': 'chunked' };
    const call = request({ hostname, port, path: '/upload/v1beta/files', method: 'POST', headers });
    call.on('error', () => undefined);
    call.end(Buffer.alloc(bytes));
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };

  it('says nothing of upstream: time that the caller did not give', async () => {
    proxy.emulator.script({ path: /:generateContent/ }, { kind: 'answer', status: 504, body: '{}' }, { times: MANY });
    const headers = { 'x-server-timeout': '0.001' };
    for (let call = 0; call < MANY; call += 1) {
      expect(await statusOf(proxy.generate('generateContent', 'hello', { headers }))).toBe(504);
    }
    expect(await statusOf(proxy.generate())).toBe(200);
  });

  it('says nothing of upstream: an upload that is too large, or breaks off', async () => {
    for (let call = 0; call < MANY; call += 1) expect(await uploadOf(2 * UPLOAD_MAX)).toBe(413);
    expect(await statusOf(proxy.generate())).toBe(200);
  });

  it('harms nobody else: an upload that is too large while there is no key for it', async () => {
    await statusOf(proxy.generate());
    proxy.emulator.setKeyState(keyText('primary'), 'invalid');
    await statusOf(proxy.generate());
    for (let call = 0; call < MANY; call += 1) expect(await uploadOf(2 * UPLOAD_MAX)).toBe(503);
    expect(await statusOf(proxy.generate())).toBe(503);
  });

  it('takes no room from others: a call whose caller left before there was a key for it', async () => {
    const limits = { [MODEL]: { rpm: 1 } };
    const small = await ProxyHarness.start({
      config: { gemini: { api_keys: [{ id: 'a', key: keyText('a'), limits }], queue: { max_wait: '0s' } } },
    });
    const lock = small.database.dataSource.createQueryRunner();
    await lock.startTransaction();
    await lock.query('LOCK TABLE resource_owner IN ACCESS EXCLUSIVE MODE');
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'resource_owner'::regclass`;
    const caller = new AbortController();
    const body = JSON.stringify({ cachedContent: 'cachedContents/x', contents: [] });
    const path = `/v1beta/models/${MODEL}:generateContent`;
    const call = small.fetch(path, { method: 'POST', body, signal: caller.signal }).catch(() => undefined);
    while (((await lock.query(waiting)) as unknown[]).length === 0) await new Promise(setImmediate);
    caller.abort();
    await call;
    while (small.application.get(ExchangeEntry).underWay > 0) await new Promise(setImmediate);
    await lock.rollbackTransaction();
    await lock.release();
    expect(await statusOf(small.fetch('/v1beta/cachedContents/x'))).not.toBe(200);
    expect(await statusOf(small.generate())).toBe(200);
    await small.stop();
  });

  // A pause is anything up to its base: of twenty days, never within the five seconds that the call has.
  it('is not tried again when there is no time left for that', async () => {
    const hasty = await ProxyHarness.start({
      config: { gemini: { timeouts: { total: '5s' }, retry: { backoff: { base: '20d', max: '20d' } } } },
    });
    hasty.emulator.script({ path: /:countTokens/ }, { kind: 'error', error: 'internal' }, { times: 5 });
    const body = JSON.stringify({ contents: [{ parts: [{ text: 'x' }] }] });
    const call = hasty.fetch('/v1beta/models/gemini-3.8-flash:countTokens', { method: 'POST', body });
    expect(await statusOf(call)).toBe(500);
    await hasty.stop();
    expect(hasty.emulator.requests).toHaveLength(1);
  });
});
