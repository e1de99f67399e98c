import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuditModule } from '../audit/audit.module.js';
import { BalancerModule } from '../balancer/balancer.module.js';
import { AuditIndicator } from './audit.health.js';
import { DatabaseIndicator } from './database.health.js';
import { DiskIndicator } from './disk.health.js';
import { EventLoopIndicator } from './event-loop.health.js';
import { HealthService } from './health.service.js';
import { Readiness } from './readiness.js';
import { UpstreamKeysIndicator } from './upstream-keys.health.js';

/** What operators ask a replica about itself. */
@Module({
  imports: [AuditModule, BalancerModule, TerminusModule.forRoot({ logger: false })],
  providers: [
    AuditIndicator,
    DatabaseIndicator,
    DiskIndicator,
    EventLoopIndicator,
    HealthService,
    Readiness,
    UpstreamKeysIndicator,
  ],
  exports: [HealthService, Readiness],
})
export class InsightModule {}
