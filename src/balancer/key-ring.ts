import type { ProxyConfig } from '../config/schema.js';
import { Scrubber } from '../kernel/http/scrubber.js';
import { modelMatcher } from './model-pattern.js';
import type { UpstreamKey } from './upstream-key.js';

type KeyOptions = ProxyConfig['gemini']['api_keys'][number];

/** The keys of one configuration; built aside and swapped whole. */
export class KeyRing {
  private readonly byId: ReadonlyMap<string, UpstreamKey>;

  private constructor(readonly keys: readonly UpstreamKey[]) {
    this.byId = new Map(keys.map((key) => [key.id, key]));
  }

  static from(config: ProxyConfig): KeyRing {
    return new KeyRing(config.gemini.api_keys.map(toUpstreamKey));
  }

  get(id: string): UpstreamKey | undefined {
    return this.byId.get(id);
  }
}

function toUpstreamKey(options: KeyOptions): UpstreamKey {
  const { enabled, not_before: notBefore = -Infinity, expires_at: expiresAt = Infinity } = options;
  return {
    id: options.id,
    secret: options.key,
    scrubber: new Scrubber(options.key.reveal()),
    project: options.project,
    billingAccount: options.billing_account,
    weight: options.weight,
    serves: modelMatcher(options.models),
    isValidAt: (epochMs) => enabled && epochMs >= notBefore && epochMs < expiresAt,
  };
}
