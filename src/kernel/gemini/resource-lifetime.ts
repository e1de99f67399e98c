import type { ResourceKind } from './resource.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * How long a resource of a kind lives at the longest when the answer that tells of it does not say (wire facts B.1; for
 * batches and operations long enough to fetch their results); null: until it is deleted.
 */
export const LIFETIME_MS: Readonly<Record<ResourceKind, number | null>> = {
  files: 48 * HOUR_MS,
  generatedFiles: 48 * HOUR_MS,
  cachedContents: 30 * DAY_MS,
  batches: 30 * DAY_MS,
  operations: 30 * DAY_MS,
  videos: 30 * DAY_MS,
  fileSearchStores: null,
  tunedModels: null,
  interactions: 55 * DAY_MS,
  environments: 55 * DAY_MS,
  auth_tokens: 20 * HOUR_MS,
  // A continuation follows at once.
  tokens: DAY_MS,
};
