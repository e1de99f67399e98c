// The balancer of the build alone, without Nest, sockets or an upstream: what it costs to choose a key and to book the
// answer. 100 keys in 50 projects, 20 models, limits that are counted and never met, 100 calls under way all the time.
import { Balancer } from '../../dist/src/balancer/balancer.service.js';
import { Health } from '../../dist/src/balancer/health/health.js';
import { KeyEvents } from '../../dist/src/balancer/health/key-events.js';
import { KeyOverridesStore } from '../../dist/src/balancer/keys/key-overrides.js';
import { DecisionLog } from '../../dist/src/balancer/presets/decision-log.js';
import { ConfigStore } from '../../dist/src/config/config.store.js';
import { proxyConfigSchema } from '../../dist/src/config/schema.js';
import { SystemClock } from '../../dist/src/kernel/clock.js';
import { measuredProcess } from './measured-process.mjs';

const KEYS = 100;
const KEYS_OF_A_PROJECT = 2;
const MODELS = 20;
const UNDER_WAY = 100;
const INPUT = { textBytes: 1_000, mediaTokens: 0 };
const INPUT_TOKENS = 250;
const OK = { scope: 'ok' };

/** Limits are on and counted; they are only too wide to be met. */
const WIDE = { rpm: 1_000_000_000, tpm: 1_000_000_000, rpd: 1_000_000_000 };

const CONVERSATIONS = 1_000;

/** Calls that are served: name → strategy, and the conversation of a call, if it has one. */
const WAYS = {
  'weighted round robin': { strategy: 'weighted_round_robin' },
  adaptive: { strategy: 'adaptive' },
  'least in flight': { strategy: 'least_in_flight' },
  priority: { strategy: 'priority' },
  'kept conversation': { strategy: 'weighted_round_robin', warmth: (call) => `talk ${call % CONVERSATIONS}` },
  'new conversation': { strategy: 'weighted_round_robin', warmth: (call) => `talk ${call}` },
};

/** The floor: an open key by turns among as many, with the fewest questions that can be asked of each. */
function bareScan() {
  const keys = Array.from({ length: KEYS }, () => ({ closedUntilMs: 0, credit: 0, used: 0, weight: 100 }));
  return () => {
    const nowMs = Date.now();
    let best = keys[0];
    let total = 0;
    for (const key of keys) {
      if (key.closedUntilMs > nowMs || key.used >= WIDE.rpm) continue;
      key.credit += key.weight;
      total += key.weight;
      if (key.credit > best.credit) best = key;
    }
    best.credit -= total;
    best.used += 1;
  };
}

/** So few that all of them are used up at once. */
const NARROW = { rpm: 10 };

function balancerWith(strategy, limits) {
  const keys = Array.from({ length: KEYS }, (_, n) => ({
    id: `key-${n}`,
    key: `bench-key-${n}-0123456789-0123456789-abcdef`,
    project: `project-${Math.floor(n / KEYS_OF_A_PROJECT)}`,
    weight: 50 + n,
    limits: { 'gemini-*': limits },
  }));
  const store = new ConfigStore(proxyConfigSchema.parse({ gemini: { strategy, api_keys: keys } }));
  const clock = new SystemClock();
  const health = new Health(store, clock, new KeyEvents({ append: () => undefined }));
  return new Balancer(store, clock, health, new KeyOverridesStore(), new DecisionLog());
}

const wishFor = (n) => ({
  caller: 'bench',
  lane: 'metered',
  model: `gemini-${n}-flash`,
  input: INPUT,
  place: undefined,
  warmth: undefined,
});

/** A lease, its answer and its end; the answer is that of a call that began a hundred calls before. */
function leasing({ strategy, warmth }) {
  const balancer = balancerWith(strategy, WIDE);
  const wishes = Array.from({ length: MODELS }, (_, n) => wishFor(n));
  const underWay = new Array(UNDER_WAY).fill(undefined);
  let call = 0;
  return () => {
    const lease = balancer.lease({ ...wishes[call % MODELS], warmth: warmth?.(call) });
    if (!lease) throw new Error('no key is free');
    const earlier = underWay[call % UNDER_WAY];
    underWay[call % UNDER_WAY] = lease;
    earlier?.heard(OK);
    earlier?.end(INPUT_TOKENS);
    call += 1;
  };
}

/** What a call is told for which every key has spent its minute. */
function refusing() {
  const balancer = balancerWith('weighted_round_robin', NARROW);
  const wish = wishFor(0);
  return () => {
    while (balancer.lease(wish)) balancer.opensAtMs(wish);
    return balancer.opensAtMs(wish) < Infinity && balancer.exhausted(wish);
  };
}

const SIDES = {
  'bare scan': bareScan,
  ...Object.fromEntries(Object.entries(WAYS).map(([name, way]) => [name, () => leasing(way)])),
  refused: refusing,
};

await measuredProcess(async () => {
  const call = SIDES[JSON.parse(process.argv[2]).side]();
  /** Microseconds of CPU of this process for so many calls. */
  const choose = (count) => {
    const before = process.cpuUsage();
    for (let done = 0; done < count; done += 1) call();
    return process.cpuUsage(before);
  };
  return { ready: {}, stop: async () => undefined, verbs: { choose } };
});
