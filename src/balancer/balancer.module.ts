import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeyCensus } from '../kernel/key-census.js';
import { LiveReadings } from './live-readings.js';
import { OwnerRegistry } from './affinity/owner-registry.js';
import { Tenancy } from './affinity/tenancy.js';
import { Balancer } from './balancer.service.js';
import { Health } from './health/health.js';
import { KeyEvents } from './health/key-events.js';
import { KeyProbe } from './health/key-probe.js';
import { Prober } from './health/prober.js';
import { KeyOverridesStore } from './keys/key-overrides.js';
import { KeyOverview } from './keys/key-overview.js';
import { DecisionLog } from './presets/decision-log.js';
import { KeyAges } from './rotation/key-ages.js';
import { KeyReview } from './rotation/key-review.js';
import { KeyRotation } from './rotation/key-rotation.js';
import { LeaseCensus } from './rotation/lease-census.js';
import { ROTATION_PROVIDERS } from './rotation/rotation.providers.js';
import { StandbyKeys } from './rotation/standby.js';
import { CoolDownKeeper } from './state/cool-down-keeper.js';
import { UsageKeeper } from './state/usage-keeper.js';

const AFFINITY = [OwnerRegistry, Tenancy];
const HEALTH = [Health, KeyEvents, KeyProbe, Prober];
const STATE = [CoolDownKeeper, UsageKeeper];
const ROTATION = [KeyAges, KeyReview, KeyRotation, StandbyKeys];

/** Which key serves which call. */
@Module({
  imports: [AuditModule],
  providers: [
    ...AFFINITY,
    ...HEALTH,
    ...STATE,
    ...ROTATION_PROVIDERS,
    Balancer,
    DecisionLog,
    KeyOverridesStore,
    KeyOverview,
    LiveReadings,
    { provide: KeyCensus, useExisting: Balancer },
    { provide: LeaseCensus, useExisting: Balancer },
  ],
  exports: [...AFFINITY, ...ROTATION, Balancer, DecisionLog, Health, Prober, KeyCensus, KeyOverridesStore, KeyOverview],
})
export class BalancerModule {}
