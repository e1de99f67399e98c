import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'node:http';
import { WebSocket } from 'ws';
import { Health } from '../../src/balancer/health/health.js';
import { Balancer } from '../../src/balancer/balancer.service.js';
import { ExchangeEntry } from '../../src/proxy/exchange-entry.js';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { LIVE_MODEL, livePath } from './live.fixtures.js';
import { outcomeOf, Tenant } from './ownership.fixtures.js';

const CALLS = 500;
const AT_ONCE = 25;
const KEYS = ['a', 'b', 'c'];
const PROMPT = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };

/** Numbers that look random and are the same every time (mulberry32). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const json = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Call => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

const HTTP_CALLS: readonly Call[] = [
  json(`/v1beta/models/${MODEL}:generateContent`, PROMPT),
  json(`/v1beta/models/${MODEL}:generateContent`, PROMPT, { 'x-server-timeout': '0.05' }),
  json(`/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`, PROMPT),
  json(`/v1beta/models/${MODEL}:countTokens`, PROMPT),
  json('/v1beta/models/no-such-model:generateContent', PROMPT),
  json('/v1beta/interactions', { model: MODEL, input: 'hello' }),
  json('/v1alpha/auth_tokens', {}),
  json('/openai/v1/chat/completions', { model: MODEL, messages: [{ role: 'user', content: 'hello' }] }),
  { ...json('/upload/v1beta/files', {}), headers: { 'x-goog-upload-command': 'start' } },
  {
    method: 'POST',
    path: '/upload/v1beta/files',
    headers: { 'transfer-encoding': 'chunked' },
    body: 'x'.repeat(9_000),
  },
  { method: 'GET', path: '/v1beta/files?pageSize=1' },
  { method: 'GET', path: '/v1beta/models' },
  { method: 'HEAD', path: '/v1beta/files/never-was' },
  { method: 'GET', path: '/no/such/path' },
];

/** What upstream does to some of the calls. */
const FAULTS = [
  { kind: 'error', error: 'exhausted' },
  { kind: 'error', error: 'internal' },
  { kind: 'error', error: 'model_overloaded' },
  { kind: 'reset', at: 'headers' },
  { kind: 'cut', at: 40 },
  { kind: 'delay', delay_ms: 15 },
  { kind: 'delay', delay_ms: 30 },
  { kind: 'redirect', location: 'https://example.com/' },
] as const;

describe('a storm of calls that fail, are cut and are left', () => {
  let proxy: ProxyHarness;
  let tokens: readonly string[];
  const roll = dice(3);
  beforeAll(async () => {
    proxy = await ProxyHarness.start({
      keys: KEYS,
      config: { gemini: { queue: { max_wait: '60ms', max_size: 5 }, breaker: { failures: 10_000 } } },
    });
    tokens = await Promise.all(['alice', 'bob', 'carol'].map((client) => proxy.tokenFor(client)));
    for (const client of ['alice', 'bob']) await (await Tenant.of(proxy, client)).upload();
  });
  afterAll(() => proxy.stop());

  const token = (): string => tokens[roll(tokens.length)] ?? '';

  /** A call that is left after a while, or heard out. */
  const http = ({ method, path, headers, body }: Call, leaveAfterMs: number | undefined): Promise<void> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(proxy.url);
      const call = request({ hostname, port, path, method, headers: { 'x-goog-api-key': token(), ...headers } });
      call.on('error', () => undefined);
      call.on('close', resolve);
      call.on('response', (response) => {
        response.on('error', () => undefined);
        response.resume();
      });
      if (leaveAfterMs === undefined) call.end(body);
      else {
        call.write(body?.slice(0, roll(2) === 0 ? body.length : 20) ?? '');
        if (roll(2) === 0) call.end();
        setTimeout(() => call.destroy(), leaveAfterMs);
      }
    });

  const live = (leaveAfterMs: number): Promise<void> =>
    new Promise((resolve) => {
      const socket = new WebSocket(proxy.url.replace('http', 'ws') + livePath(), {
        headers: { 'x-goog-api-key': token() },
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve();
      });
      socket.on('open', () => {
        socket.send(JSON.stringify({ setup: { model: `models/${LIVE_MODEL}` } }));
        setTimeout(() => {
          if (roll(2) === 0) socket.terminate();
          else socket.close(1000);
        }, leaveAfterMs);
      });
    });

  const next = (): Promise<void> => {
    const fault = FAULTS[roll(3 * FAULTS.length)];
    if (fault) proxy.emulator.script({}, fault, { times: 1 });
    const kind = roll(HTTP_CALLS.length + 2);
    const call = HTTP_CALLS[kind];
    const leaveAfterMs = roll(2) === 0 ? roll(30) : undefined;
    return call ? http(call, leaveAfterMs) : live(leaveAfterMs ?? 20);
  };

  const sumOf = (metrics: string, name: string): number =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'gm'))].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );

  /** A line of a flood of refusals tells of many. */
  const toldCalls = async (): Promise<number> =>
    (await proxy.auditedCalls()).reduce((sum, { details }) => sum + ((details as { count?: number }).count ?? 1), 0);

  it('leaves nothing behind: each call is told once, no lease is kept, and the next call is served', async () => {
    const entry = proxy.application.get(ExchangeEntry);
    const balancer = proxy.application.get(Balancer);
    const before = await toldCalls();
    const seen = [jest.spyOn(entry, 'http'), jest.spyOn(entry, 'upgrade')];
    let left = CALLS;
    const run = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await next();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, run));
    proxy.emulator.reset();
    while (entry.underWay > 0) await new Promise(setImmediate);

    const entered = seen.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    expect(entered).toBeGreaterThan(CALLS * 0.8);
    expect((await toldCalls()) - before).toBe(entered);
    expect(balancer.waiting).toBe(0);
    for (const key of balancer.ring.keys) expect(balancer.inFlightOf(key.id, key.secret.fingerprint())).toBe(0);
    const metrics = await proxy.metrics();
    expect(sumOf(metrics, 'gemini_proxy_key_in_flight')).toBe(0);
    for (const spy of seen) spy.mockRestore();
    for (const key of balancer.ring.keys) proxy.application.get(Health).reset(key);
    const answers = await Promise.all(
      tokens.map((each) => outcomeOf(proxy.fetch('/v1beta/files', { headers: { 'x-goog-api-key': each } }))),
    );
    expect(answers).toEqual(tokens.map(() => '200 upstream'));
  });
});
