import fc from 'fast-check';
import type { ProxyConfig } from '../../../src/config/schema.js';
import type { Verdict } from '../../../src/kernel/gemini/verdict.js';
import { Secret } from '../../../src/kernel/secret.js';
import { configWith, OK, spent } from '../balancer.harness.js';
import type { ModelKey } from './rest-model.js';

/** Two keys share a project, three an account. */
export const KEYS: readonly ModelKey[] = [
  { id: 'a', project: 'p', billing_account: 'x' },
  { id: 'b', project: 'p', billing_account: 'x' },
  { id: 'c', project: 'q', billing_account: 'x' },
  { id: 'd', project: 'r', billing_account: 'y' },
];

/** The keys as options of a configuration. */
export const KEY_OPTIONS = KEYS.map((key) => ({ ...key }));

const BASE = configWith(KEY_OPTIONS);

/** A configuration with other secrets and weights, without reading it anew. */
export function configured(secretOf: (id: string) => string, weight: number): ProxyConfig {
  const keys = BASE.gemini.api_keys.map((key) => ({ ...key, key: new Secret(secretOf(key.id)), weight }));
  return { ...BASE, gemini: { ...BASE.gemini, api_keys: keys } };
}

/** What upstream may say, refusals for quota most. */
export const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Verdict>(OK, { scope: 'request' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Verdict>(
      { scope: 'key', reason: 'API_KEY_INVALID' },
      { scope: 'project', reason: 'CONSUMER_SUSPENDED' },
      { scope: 'billing_account', reason: 'PAYMENT_REQUIRED' },
    ),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      spent({ kind: 'delay', ms: 1_000 }),
      spent({ kind: 'delay', ms: 60_000 }),
      spent({ kind: 'pacific_midnight' }),
      spent({ kind: 'excluded' }),
    ),
  },
);

/** Which of the calls under way, counted round and round. */
export const places = fc.nat({ max: 99 });
