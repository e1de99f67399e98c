import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { InsightModule } from '../insight/insight.module.js';
import { HealthController } from './health/health.controller.js';
import { KeysModule } from './keys/keys.module.js';
import { MetricsEnabledGuard } from './metrics/metrics-enabled.guard.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { OpenRouteGuard } from './open-route.guard.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { SessionController } from './session/session.controller.js';
import { SessionsController } from './session/sessions.controller.js';
import { SessionsService } from './session/sessions.service.js';
import { RouteTable } from './transport/route-table.js';
import { WeightsModule } from './weights/weights.module.js';

/** The control plane's HTTP face. */
@Module({
  imports: [AuditModule, InsightModule, KeysModule, WeightsModule],
  controllers: [HealthController, MetricsController, SessionController, SessionsController],
  providers: [MetricsEnabledGuard, OpenRouteGuard, ProblemFilter, RouteTable, SessionsService],
})
export class AdminModule {}
