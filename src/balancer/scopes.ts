import type { UpstreamKey } from './upstream-key.js';

/** Names of the scopes that can rest. */
export const scopes = {
  key: (key: UpstreamKey): string => `key:${key.id}`,
  project: (key: UpstreamKey): string => `project:${key.project}`,
  /** A key without a billing account is billed alone, as far as anybody told. */
  billingAccount: (key: UpstreamKey): string =>
    key.billingAccount === undefined ? scopes.project(key) : `billing:${key.billingAccount}`,
  /** A project's quota for one model. */
  bucket: (key: UpstreamKey, model: string | undefined): string => `bucket:${key.project}/${model ?? ''}`,
} as const;

/** Every scope in which a key may rest for a call. */
export function scopesOf(key: UpstreamKey, model: string | undefined): readonly string[] {
  return [scopes.key(key), scopes.project(key), scopes.billingAccount(key), scopes.bucket(key, model)];
}
