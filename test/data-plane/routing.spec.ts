import { afterEach, describe, expect, it } from '@jest/globals';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { keyText, MODEL, type ProxyOptions, ProxyHarness } from '../support/proxy.harness.js';

const BACKUP = 'gemini-3.6-flash';
const project = (id: string, quotas: Readonly<Record<string, { rpm?: number; rpd?: number }>>) => ({ id, quotas });
const key = (id: string) => ({ id, key: keyText(id), project: id });

const BODY = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] });

const overloaded = { match: { model: MODEL }, action: { kind: 'error', error: 'overloaded' } } as const;

/** A refusal for the quota of a minute, as Google words it. */
const minuteSpent = (retryDelay: string) => ({
  action: {
    kind: 'answer' as const,
    status: 429,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      error: {
        code: 429,
        message: 'You exceeded your current quota, please check your plan and billing details.',
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier', quotaValue: '1000' }],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
        ],
      },
    }),
  },
});

describe('routing', () => {
  let proxy: ProxyHarness;
  const start = async (options: ProxyOptions): Promise<void> => {
    proxy = await ProxyHarness.start(options);
  };
  const modelsAsked = (): string[] =>
    proxy.emulator.requests.map(({ path }) => /models\/([^:?]+)/.exec(path)?.[1] ?? path);
  afterEach(() => proxy.stop());

  describe('an alias', () => {
    const aliases = { gemini: { aliases: { house: MODEL } } };

    it('reaches upstream as the model that it stands for, by path and by body', async () => {
      await start({ config: aliases });
      const genai = new GoogleGenAI({ apiKey: proxy.token, httpOptions: { baseUrl: proxy.url } });
      const answer = await genai.models.generateContent({ model: 'house', contents: 'hello' });
      expect(answer.text).not.toBe('');
      const openai = new OpenAI({ apiKey: proxy.token, baseURL: `${proxy.url}/openai/v1` });
      const completion = await openai.chat.completions.create({
        model: 'house',
        messages: [{ role: 'user', content: 'hello' }],
      });
      expect(completion.model).toBe(MODEL);
      const [byPath, byBody] = proxy.emulator.requests;
      expect(byPath?.path).toContain(`/models/${MODEL}:generateContent`);
      expect(byBody?.path).toContain('/openai/chat/completions');
    });

    it('is told in the audit with the model that really served', async () => {
      await start({ config: aliases });
      await (await proxy.fetch(`/v1beta/models/house:generateContent`, { method: 'POST', body: BODY })).arrayBuffer();
      const [line] = await proxy.auditedCalls();
      expect(line?.details).toMatchObject({ model: 'house', served_model: MODEL });
      expect(await proxy.metrics()).toContain(`gemini_api_calls_total{model="${MODEL}",key="primary",outcome="ok"} 1`);
    });
  });

  describe('a fallback', () => {
    const fallbacks = { gemini: { fallbacks: { [MODEL]: [BACKUP] }, retry: { backoff: { base: '1ms', max: '2ms' } } } };

    it('serves when the model is overloaded, after one more try', async () => {
      await start({ config: fallbacks, scenario: { faults: [overloaded] } });
      const response = await proxy.generate();
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ modelVersion: BACKUP });
      expect(modelsAsked()).toEqual([MODEL, MODEL, BACKUP]);
    });

    it('serves when the model is out of quota everywhere', async () => {
      const quotas = { [MODEL]: { rpd: 1 } };
      await start({ config: fallbacks, scenario: { projects: [project('primary', quotas)], keys: [key('primary')] } });
      const served: unknown[] = [];
      for (let call = 0; call < 3; call += 1) {
        served.push(((await (await proxy.generate()).json()) as { modelVersion: string }).modelVersion);
      }
      expect(served).toEqual([MODEL, BACKUP, BACKUP]);
      expect(modelsAsked()).toEqual([MODEL, MODEL, BACKUP, BACKUP]);
    });

    it('does not serve a call that is bound to its model by a cache', async () => {
      await start({ config: fallbacks, scenario: { faults: [overloaded] } });
      const body = JSON.stringify({ cachedContent: 'cachedContents/x', contents: [] });
      const response = await proxy.fetch(`/v1beta/models/${MODEL}:generateContent`, { method: 'POST', body });
      await response.arrayBuffer();
      expect(modelsAsked()).not.toContain(BACKUP);
    });
  });

  describe('a call that finds no room', () => {
    it('waits for the quota that returns soon enough, and is served', async () => {
      await start({
        config: { gemini: { api_keys: [{ id: 'primary', key: keyText('primary') }], queue: { max_wait: '5s' } } },
        scenario: { faults: [{ ...minuteSpent('1s'), times: 1 }] },
      });
      const response = await proxy.generate();
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      const [line] = await proxy.auditedCalls();
      expect(line?.details).toMatchObject({ attempts: 2, queued_ms: expect.any(Number) });
    });

    it('is refused at once with the true delay when that is too far off', async () => {
      const limits = { [MODEL]: { rpd: 1 } };
      await start({ config: { gemini: { api_keys: [{ id: 'primary', key: keyText('primary'), limits }] } } });
      await (await proxy.generate()).arrayBuffer();
      const refused = await proxy.generate();
      expect(refused.status).toBe(429);
      const seconds = Number(refused.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(10);
      const { error } = (await refused.json()) as { error: { details: { '@type': string; retryDelay?: string }[] } };
      const delay = error.details.find((detail) => detail['@type'].endsWith('RetryInfo'))?.retryDelay;
      expect(Number.parseInt(delay ?? '', 10)).toBeGreaterThanOrEqual(seconds - 1);
      expect(proxy.emulator.requests).toHaveLength(1);
    });

    it('does not wait beyond the caller’s own deadline', async () => {
      await start({
        config: { gemini: { api_keys: [{ id: 'primary', key: keyText('primary') }], queue: { max_wait: '10s' } } },
        scenario: { faults: [minuteSpent('5s')] },
      });
      const response = await proxy.generate('generateContent', 'hello', { headers: { 'x-server-timeout': '1' } });
      expect(response.status).toBe(429);
      expect(proxy.emulator.requests).toHaveLength(1);
    });
  });

  it('asks an overloaded model no more until its pause is over', async () => {
    await start({
      config: {
        gemini: {
          api_keys: [{ id: 'primary', key: keyText('primary') }],
          queue: { max_wait: '0s' },
          retry: { max_attempts: 1 },
        },
      },
      scenario: { faults: [overloaded] },
    });
    const codes: (string | null)[] = [];
    for (let call = 0; call < 6; call += 1) {
      const response = await proxy.generate();
      await response.arrayBuffer();
      codes.push(response.headers.get('x-gemini-proxy-fault'));
    }
    expect(codes).toEqual([null, null, null, null, null, 'model_overloaded']);
    expect(proxy.emulator.requests).toHaveLength(5);
  });
});
