import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** From a cached answer to a Live session's end, in seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200];

/** Makes a registry's instruments with less said. */
class Maker {
  constructor(private readonly registry: Registry) {}

  counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  seconds(name: string, help: string, labelNames: string[]): Histogram {
    return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [this.registry] });
  }

  gauge(name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void): Gauge {
    return new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        collect(this);
      },
    });
  }
}

/** Counters whose exact names others rely on. */
export function contractInstruments(registry: Registry): ContractInstruments {
  const make = new Maker(registry);
  return {
    requests: make.counter('http_requests_total', 'HTTP requests answered.', ['plane', 'surface', 'method', 'status']),
    apiCalls: make.counter('gemini_api_calls_total', 'Attempts at the Gemini API.', ['model', 'key', 'outcome']),
    authFailures: make.counter('auth_failures_total', 'Callers turned away.', ['plane', 'reason']),
    keyUsage: make.counter('api_key_usage', 'Attempts sent with a key.', ['key']),
  };
}

export interface ContractInstruments {
  readonly requests: Counter;
  readonly apiCalls: Counter;
  readonly authFailures: Counter;
  readonly keyUsage: Counter;
}

/** What else is measured of proxied calls. */
export function exchangeInstruments(registry: Registry): ExchangeInstruments {
  const make = new Maker(registry);
  return {
    duration: make.seconds('gemini_proxy_request_duration_seconds', 'From request to the end of the answer.', [
      'surface',
    ]),
    firstByte: make.seconds('gemini_proxy_first_byte_seconds', 'From request to the first byte for the caller.', [
      'surface',
    ]),
    attempt: make.seconds('gemini_proxy_attempt_duration_seconds', 'One attempt at the Gemini API.', ['outcome']),
    retries: make.counter('gemini_proxy_retries_total', 'Attempts after the first one of a call.', ['surface']),
    endings: make.counter('gemini_proxy_exchanges_total', 'Proxied calls by how they ended.', ['surface', 'ending']),
    faults: make.counter('gemini_proxy_faults_total', 'Proxied calls that ended in a fault.', ['code']),
    queued: make.seconds('gemini_proxy_queue_wait_seconds', 'Time that calls waited for a key.', ['surface']),
    affinity: make.counter(
      'gemini_proxy_affinity_total',
      'Calls with a prompt worth caching, by where they were placed.',
      ['placed'],
    ),
    affinityTokens: make.counter(
      'gemini_proxy_affinity_tokens_total',
      'Input tokens of such calls, and how many of them came from a prompt cache.',
      ['placed', 'kind'],
    ),
    tokens: make.counter('gemini_proxy_tokens_total', 'Tokens as upstream counted them.', ['model', 'kind']),
  };
}

export interface ExchangeInstruments {
  readonly duration: Histogram;
  readonly firstByte: Histogram;
  readonly attempt: Histogram;
  readonly retries: Counter;
  readonly endings: Counter;
  readonly faults: Counter;
  readonly queued: Histogram;
  readonly affinity: Counter;
  readonly affinityTokens: Counter;
  readonly tokens: Counter;
}

/** Requests under way, counted by whoever has them when Prometheus asks. */
export function inFlightGauge(registry: Registry, counts: ReadonlyMap<string, () => number>): Gauge {
  return new Maker(registry).gauge('gemini_proxy_in_flight', 'Requests under way.', ['plane'], (gauge) => {
    for (const [plane, count] of counts) gauge.set({ plane }, count());
  });
}
