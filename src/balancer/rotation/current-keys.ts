import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import type { ProxyConfig } from '../../config/schema.js';
import type { Secret } from '../../kernel/secret.js';
import { type KeyOverrides, KeyOverridesStore } from '../keys/key-overrides.js';
import { modelMatcher } from '../keys/model-pattern.js';

/** A configured key with the secret that is used for it now. */
export interface CurrentKey {
  readonly id: string;
  readonly project: string;
  readonly secret: Secret;
  /** What the configuration says; another one than `secret` when the key was rotated. */
  readonly configured: Secret;
  readonly enabled: boolean;
  readonly standby: boolean;
  /** Whether the key is meant for a model. */
  readonly serves: (model: string) => boolean;
}

/** The keys of a configuration with the secrets in force, in their order. */
function currentKeys(config: ProxyConfig, overrides: KeyOverrides): readonly CurrentKey[] {
  return config.gemini.api_keys.map(({ id, project, key, enabled, standby, models }) => ({
    id,
    project,
    secret: overrides.secrets.get(id) ?? key,
    configured: key,
    enabled,
    standby,
    serves: modelMatcher(models),
  }));
}

/** The configured keys as they are used now. */
@Injectable()
export class CurrentKeys {
  constructor(
    private readonly config: ConfigStore,
    private readonly overrides: KeyOverridesStore,
  ) {}

  all(): readonly CurrentKey[] {
    return currentKeys(this.config.current, this.overrides.current);
  }

  get(id: string): CurrentKey | undefined {
    return this.all().find((key) => key.id === id);
  }
}
