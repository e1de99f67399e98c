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
  /** Those in which a key rests for every model. */
  own: (key: UpstreamKey): readonly string[] => [scopes.key(key), scopes.project(key), scopes.billingAccount(key)],
} as const;

const OF_A_MODEL = /^(?:bucket|batch|free):/;

/** Whether the scope is a project's quota for a model; all others are as many as the configuration has. */
export function isOfModel(name: string): boolean {
  return OF_A_MODEL.test(name);
}

/** Whether a rest of the scope concerns a key: its own, or its project's quota for some model. */
export function concerns(name: string, key: UpstreamKey): boolean {
  const isBucketOfProject = isOfModel(name) && name.startsWith(`${key.project}/`, name.indexOf(':') + 1);
  return isBucketOfProject || scopes.own(key).includes(name);
}
