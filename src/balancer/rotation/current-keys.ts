import type { ProxyConfig } from '../../config/schema.js';
import type { Secret } from '../../kernel/secret.js';
import type { KeyOverrides } from '../keys/key-overrides.js';

/** A configured key with the secret that is used for it now. */
export interface CurrentKey {
  readonly id: string;
  readonly project: string;
  readonly secret: Secret;
  /** What the configuration says; another one than `secret` when the key was rotated. */
  readonly configured: Secret;
  /** Disabled or standby. */
  readonly inReserve: boolean;
}

/** The keys of a configuration with the secrets in force, in their order. */
export function currentKeys(config: ProxyConfig, overrides: KeyOverrides): readonly CurrentKey[] {
  return config.gemini.api_keys.map(({ id, project, key, enabled, standby }) => ({
    id,
    project,
    secret: overrides.secrets.get(id) ?? key,
    configured: key,
    inReserve: standby || !enabled,
  }));
}
