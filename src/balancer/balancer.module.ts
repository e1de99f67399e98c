import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeyCensus } from '../kernel/key-census.js';
import { Balancer } from './balancer.service.js';
import { Health } from './health/health.js';
import { KeyEvents } from './health/key-events.js';
import { KeyOverridesStore } from './keys/key-overrides.js';
import { DecisionLog } from './presets/decision-log.js';

/** Which key serves which call. */
@Module({
  imports: [AuditModule],
  providers: [
    Balancer,
    DecisionLog,
    Health,
    KeyEvents,
    KeyOverridesStore,
    { provide: KeyCensus, useExisting: Balancer },
  ],
  exports: [Balancer, DecisionLog, Health, KeyCensus, KeyOverridesStore],
})
export class BalancerModule {}
