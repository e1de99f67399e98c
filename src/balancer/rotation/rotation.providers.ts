import type { Provider } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { UpstreamClient } from '../../egress/upstream-client.js';
import { Clock } from '../../kernel/clock.js';
import { AgePolicy } from './age-policy.js';
import { CurrentKeys } from './current-keys.js';
import { GoogleKeysProvider } from './google-keys-provider.js';
import { KeyAges } from './key-ages.js';
import { KeyProvider } from './key-provider.js';
import { KeyReview } from './key-review.js';
import { KeyRotation } from './key-rotation.js';
import { NewSecrets } from './new-secrets.js';
import { OnceADay } from './once-a-day.js';
import { ReplicaName } from './replica-name.js';
import { Retirement } from './retirement.js';
import { RotatedSecrets } from './rotated-secrets.js';
import { RotationEvents } from './rotation-events.js';
import { RotationJobs } from './rotation-jobs.js';
import { StandbyKeys } from './standby.js';

/** All that replaces keys; a part of the balancer's module, which also knows the health and the leases of keys. */
export const ROTATION_PROVIDERS: readonly Provider[] = [
  AgePolicy,
  CurrentKeys,
  KeyAges,
  KeyReview,
  KeyRotation,
  NewSecrets,
  OnceADay,
  ReplicaName,
  Retirement,
  RotatedSecrets,
  RotationEvents,
  RotationJobs,
  StandbyKeys,
  { provide: KeyProvider, inject: [ConfigStore, UpstreamClient, Clock], useFactory: googleKeys },
];

function googleKeys(config: ConfigStore, upstream: UpstreamClient, clock: Clock): KeyProvider {
  return GoogleKeysProvider.for({ config, upstream, clock });
}
