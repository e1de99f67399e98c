import { AdminSessionEntity } from './admin-session.entity.js';
import { AuditHeadEntity } from './audit-head.entity.js';
import { BucketUsageEntity } from './bucket-usage.entity.js';
import { ConfigVersionEntity } from './config-version.entity.js';
import { EphemeralTokenEntity } from './ephemeral-token.entity.js';
import { JobIntentEntity } from './job-intent.entity.js';
import { KeyAgeEntity } from './key-age.entity.js';
import { KeySecretEntity } from './key-secret.entity.js';
import { KeyStateEntity } from './key-state.entity.js';
import { ResourceOwnerEntity } from './resource-owner.entity.js';
import { SigningKeyEntity } from './signing-key.entity.js';
import { WeightChangeEntity } from './weight-change.entity.js';
import { WeightPresetEntity } from './weight-preset.entity.js';

/** Every table; named one by one, since a pattern of file names finds nothing in a bundle and too much in a test run. */
export const ENTITIES = [
  ConfigVersionEntity,
  AdminSessionEntity,
  SigningKeyEntity,
  AuditHeadEntity,
  ResourceOwnerEntity,
  KeyStateEntity,
  BucketUsageEntity,
  WeightPresetEntity,
  WeightChangeEntity,
  KeySecretEntity,
  KeyAgeEntity,
  EphemeralTokenEntity,
  JobIntentEntity,
] as const;
