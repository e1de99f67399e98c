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
import { CoolDownKeeper } from './state/cool-down-keeper.js';
import { UsageKeeper } from './state/usage-keeper.js';

const AFFINITY = [OwnerRegistry, Tenancy];
const HEALTH = [Health, KeyEvents, KeyProbe, Prober];
const STATE = [CoolDownKeeper, UsageKeeper];

/** Which key serves which call. */
@Module({
  imports: [AuditModule],
  providers: [
    ...AFFINITY,
    ...HEALTH,
    ...STATE,
    Balancer,
    DecisionLog,
    KeyOverridesStore,
    KeyOverview,
    LiveReadings,
    { provide: KeyCensus, useExisting: Balancer },
  ],
  exports: [...AFFINITY, Balancer, DecisionLog, Health, Prober, KeyCensus, KeyOverridesStore, KeyOverview],
})
export class BalancerModule {}
