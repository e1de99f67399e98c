import type { ProxyConfig } from '../../config/schema.js';
import { Scrubber } from '../../kernel/http/scrubber.js';
import type { KeyOverrides } from './key-overrides.js';
import { modelMatcher } from './model-pattern.js';
import type { UpstreamKey } from './upstream-key.js';

type KeyOptions = ProxyConfig['gemini']['api_keys'][number];

const always = (): boolean => true;

/** The keys of one configuration with what overrides it; built aside and swapped whole. */
export class KeyRing {
  private readonly byId: ReadonlyMap<string, UpstreamKey>;

  private constructor(readonly keys: readonly UpstreamKey[]) {
    this.byId = new Map(keys.map((key) => [key.id, key]));
  }

  static from(config: ProxyConfig, overrides: KeyOverrides): KeyRing {
    return new KeyRing(config.gemini.api_keys.map((options) => toUpstreamKey(options, overrides)));
  }

  get(id: string): UpstreamKey | undefined {
    return this.byId.get(id);
  }
}

function toUpstreamKey(options: KeyOptions, overrides: KeyOverrides): UpstreamKey {
  const { id, enabled, standby, not_before: notBefore = -Infinity, expires_at: expiresAt = Infinity } = options;
  const secret = overrides.secrets.get(id) ?? options.key;
  const hasDates = notBefore !== -Infinity || expiresAt !== Infinity;
  return {
    id,
    secret,
    scrubber: new Scrubber(secret.reveal()),
    project: options.project,
    billingAccount: options.billing_account,
    weight: overrides.weights.get(id) ?? options.weight,
    isInUse: enabled && (!standby || overrides.promoted.has(id)),
    serves: modelMatcher(options.models),
    isValidAt: hasDates ? (epochMs) => epochMs >= notBefore && epochMs < expiresAt : always,
  };
}
