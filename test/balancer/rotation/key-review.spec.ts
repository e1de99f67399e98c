import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { KeyOverridesStore } from '../../../src/balancer/keys/key-overrides.js';
import { CurrentKeys } from '../../../src/balancer/rotation/current-keys.js';
import { KeyReview } from '../../../src/balancer/rotation/key-review.js';
import { ConfigStore } from '../../../src/config/config.store.js';
import { type ProxyConfig, proxyConfigSchema } from '../../../src/config/schema.js';
import { Secret } from '../../../src/kernel/secret.js';

const AUTH = `AQ.Ab8RN6${'x'.repeat(44)}`;
const STANDARD = `AIza${'y'.repeat(35)}`;

const configOf = (...keys: Record<string, unknown>[]): ProxyConfig =>
  proxyConfigSchema.parse({ gemini: { api_keys: keys } });

describe('KeyReview', () => {
  let warned: string[];
  let told: string[];

  beforeEach(() => {
    warned = [];
    told = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((...args: unknown[]) => void warned.push(String(args[1])));
    jest.spyOn(Logger.prototype, 'log').mockImplementation((...args: unknown[]) => void told.push(String(args[1])));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const start = (config: ProxyConfig): { store: ConfigStore; overrides: KeyOverridesStore; review: KeyReview } => {
    const store = new ConfigStore(config);
    const overrides = new KeyOverridesStore();
    const review = new KeyReview(store, overrides, new CurrentKeys(store, overrides));
    review.onModuleInit();
    return { store, overrides, review };
  };

  it('logs what is to be said of the keys when it starts', () => {
    const { review } = start(configOf({ id: 'a', key: STANDARD }, { id: 'b', key: STANDARD, project: 'a' }));
    expect(told).toEqual([
      expect.stringMatching(/^Key a is a standard key/),
      expect.stringMatching(/^Key b is a standard key/),
    ]);
    expect(warned).toEqual([
      expect.stringMatching(/^Key b has the same secret as key a/),
      expect.stringMatching(/^Key b shares the quota of project a with key a/),
    ]);
    expect(review.remarks()).toHaveLength(4);
    expect([...told, ...warned].join()).not.toContain(STANDARD);
  });

  it('logs what a change brings, once', () => {
    const first = { id: 'a', key: AUTH };
    const { store, review } = start(configOf(first));
    const changed = configOf(first, { id: 'b', key: AUTH });
    store.replace(changed);
    store.replace(changed);
    expect(warned).toEqual([expect.stringMatching(/^Key b has the same secret/)]);
    store.replace(configOf(first));
    store.replace(changed);
    expect(warned).toHaveLength(2);
    review.onModuleDestroy();
    store.replace(configOf(first));
    store.replace(changed);
    expect(warned).toHaveLength(2);
  });

  it('looks at the secrets in force', () => {
    const { overrides, review } = start(configOf({ id: 'a', key: STANDARD }));
    overrides.change({ secrets: new Map([['a', new Secret(AUTH)]]) });
    expect(review.remarks()).toEqual([]);
  });
});
