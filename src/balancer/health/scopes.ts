import type { UpstreamKey } from '../keys/upstream-key.js';
import type { Lane } from '../lease.js';

/** Names of the scopes that can rest. */
export const scopes = {
  key: (key: UpstreamKey): string => `key:${key.id}`,
  project: (key: UpstreamKey): string => `project:${key.project}`,
  /** A key without a billing account is billed alone, as far as anybody told. */
  billingAccount: (key: UpstreamKey): string =>
    key.billingAccount === undefined ? scopes.project(key) : `billing:${key.billingAccount}`,
  /** A project's quota for one model; reads and batches have quota of their own. */
  bucket: (key: UpstreamKey, model: string | undefined, lane: Lane): string =>
    `${lane === 'metered' ? 'bucket' : lane}:${key.project}/${model ?? ''}`,
} as const;
