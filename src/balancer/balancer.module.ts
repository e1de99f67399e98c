import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeyCensus } from '../kernel/key-census.js';
import { Balancer } from './balancer.service.js';
import { KeyEvents } from './key-events.js';

/** Which key serves which call. */
@Module({
  imports: [AuditModule],
  providers: [Balancer, KeyEvents, { provide: KeyCensus, useExisting: Balancer }],
  exports: [Balancer, KeyCensus],
})
export class BalancerModule {}
