import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';

import { ConfigModule } from '../../src/config/config.module.js';
import { ConfigStore } from '../../src/config/config.store.js';
import { type ProxyConfig, proxyConfigSchema } from '../../src/config/schema.js';
import type { SettledExchange } from '../../src/kernel/settled-exchange.js';
import { MetricsText } from '../../src/metrics/metrics-text.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { ProxyMetrics } from '../../src/metrics/proxy-metrics.js';

const exchange: SettledExchange = {
  id: 'r-1',
  surface: 'native',
  httpMethod: 'POST',
  path: '/v1beta/models/m:generateContent',
  sourceIp: '127.0.0.1',
  startedAt: 0,
  durationMs: 150,
  firstByteMs: 90,
  status: 200,
  ending: 'complete',
  model: 'gemini-latest',
  servedModel: 'gemini-3.8-flash',
  key: 'primary',
  attempts: [
    { key: 'dead', project: 'd', outcome: 'key', status: 400, durationMs: 10 },
    { key: 'primary', project: 'p', outcome: 'ok', status: 200, durationMs: 140 },
  ],
  tokens: { input: 12, output: 40, cached: 3, thoughts: 5, toolUse: 1 },
};

function configOf(gemini: Readonly<Record<string, unknown>> = {}): ProxyConfig {
  return proxyConfigSchema.parse({ gemini });
}

@Controller()
class OtherController {
  @Get('other')
  other(): string {
    return 'other';
  }
}

describe('ProxyMetrics', () => {
  let app: NestFastifyApplication;
  let store: ConfigStore;
  let metrics: ProxyMetrics;

  const start = async (): Promise<NestFastifyApplication> => {
    const imports = [ConfigModule.forRoot(store), MetricsModule];
    const module = await Test.createTestingModule({ imports, controllers: [OtherController] }).compile();
    return module.createNestApplication<NestFastifyApplication>(new FastifyAdapter()).init();
  };

  beforeEach(async () => {
    store = new ConfigStore(configOf());
    app = await start();
    metrics = app.get(ProxyMetrics);
  });

  afterEach(async () => {
    await app.close();
  });

  const samples = async (name: string, from = app): Promise<string[]> => {
    const { body } = await from.get(MetricsText).render();
    return body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  };

  it('counts a call and each of its attempts under the names of the contract', async () => {
    metrics.settled(exchange);
    expect(await samples('http_requests_total')).toEqual([
      'http_requests_total{plane="data",surface="native",method="POST",status="200"} 1',
    ]);
    expect(await samples('gemini_api_calls_total')).toEqual([
      'gemini_api_calls_total{model="gemini-3.8-flash",key="dead",outcome="key"} 1',
      'gemini_api_calls_total{model="gemini-3.8-flash",key="primary",outcome="ok"} 1',
    ]);
    expect(await samples('api_key_usage')).toEqual(['api_key_usage{key="dead"} 1', 'api_key_usage{key="primary"} 1']);
  });

  it('counts the control plane and callers that were turned away', async () => {
    metrics.controlRequest('GET', 200);
    metrics.controlRequest('GET', 200);
    metrics.authFailure('control', 'login_failed');
    expect(await samples('http_requests_total')).toEqual([
      'http_requests_total{plane="control",surface="admin",method="GET",status="200"} 2',
    ]);
    expect(await samples('auth_failures_total')).toEqual([
      'auth_failures_total{plane="control",reason="login_failed"} 1',
    ]);
  });

  it('measures durations in seconds, tokens by kind, retries and endings', async () => {
    metrics.settled(exchange);
    expect(await samples('gemini_proxy_request_duration_seconds_sum')).toEqual([
      'gemini_proxy_request_duration_seconds_sum{surface="native"} 0.15',
    ]);
    expect(await samples('gemini_proxy_first_byte_seconds_sum')).toEqual([
      'gemini_proxy_first_byte_seconds_sum{surface="native"} 0.09',
    ]);
    expect(await samples('gemini_proxy_tokens_total')).toHaveLength(5);
    expect(await samples('gemini_proxy_tokens_total')).toContain(
      'gemini_proxy_tokens_total{model="gemini-3.8-flash",kind="tool_use"} 1',
    );
    expect(await samples('gemini_proxy_retries_total')).toEqual(['gemini_proxy_retries_total{surface="native"} 1']);
    expect(await samples('gemini_proxy_exchanges_total')).toEqual([
      'gemini_proxy_exchanges_total{surface="native",ending="complete"} 1',
    ]);
  });

  it('has buckets from a millisecond to twenty minutes', async () => {
    metrics.settled(exchange);
    const buckets = await samples('gemini_proxy_request_duration_seconds_bucket');
    expect(buckets.at(0)).toContain('le="0.001"');
    expect(buckets.at(-2)).toContain('le="1200"');
  });

  it('asks for what is under way on each scrape', async () => {
    let open = 3;
    metrics.watchInFlight('data', () => open);
    expect(await samples('gemini_proxy_in_flight')).toEqual(['gemini_proxy_in_flight{plane="data"} 3']);
    open = 0;
    expect(await samples('gemini_proxy_in_flight')).toEqual(['gemini_proxy_in_flight{plane="data"} 0']);
  });

  it('shows what the process and its event loop do', async () => {
    expect(await samples('process_cpu_seconds_total')).toHaveLength(1);
    expect(await samples('nodejs_eventloop_lag_seconds')).toHaveLength(1);
  });

  it('renders with the content type that Prometheus expects', async () => {
    const { contentType } = await app.get(MetricsText).render();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('opens no route by itself', async () => {
    expect((await app.inject('/other')).statusCode).toBe(200);
    expect((await app.inject('/metrics')).statusCode).toBe(404);
    expect((await app.inject('/')).statusCode).toBe(404);
  });

  it('keeps the counts of several applications in one process apart', async () => {
    const second = await start();
    second.get(ProxyMetrics).controlRequest('GET', 204);
    expect(await samples('http_requests_total', second)).toHaveLength(1);
    expect(await samples('http_requests_total')).toEqual([]);
    expect(await samples('process_cpu_seconds_total', second)).toHaveLength(1);
    await second.close();
  });

  describe('labels are bounded', () => {
    const models = async (): Promise<Set<string | undefined>> =>
      new Set((await samples('gemini_api_calls_total')).map((line) => /model="([^"]*)"/.exec(line)?.[1]));

    it('a model that is only asked for is `other`', async () => {
      metrics.settled({ ...exchange, status: 404, servedModel: undefined, model: 'made-up' });
      expect(await models()).toEqual(new Set(['other']));
    });

    it('a model that is configured is named, also after the configuration changed', async () => {
      store.replace(configOf({ aliases: { smart: 'gemini-pro' } }));
      metrics.settled({ ...exchange, status: 503, servedModel: undefined, model: 'models/gemini-pro' });
      expect(await models()).toEqual(new Set(['gemini-pro']));
    });

    it('what an error names as served is not believed', async () => {
      metrics.settled({ ...exchange, status: 400, servedModel: 'echoed' });
      expect(await models()).toEqual(new Set(['other']));
    });

    it('at most 200 models are named', async () => {
      for (let index = 0; index < 300; index += 1) metrics.settled({ ...exchange, servedModel: `model-${index}` });
      const named = await models();
      expect(named.size).toBe(201);
      expect(named.has('other')).toBe(true);
    });

    it('a strange method, status or reason adds no series without end', async () => {
      for (let index = 0; index < 300; index += 1) {
        metrics.controlRequest(`M${index}`, 1_000 + index);
        metrics.authFailure('data', `reason-${index}`);
      }
      expect(await samples('http_requests_total')).toEqual([
        'http_requests_total{plane="control",surface="admin",method="other",status="other"} 300',
      ]);
      expect(await samples('auth_failures_total')).toHaveLength(101);
    });
  });
});
