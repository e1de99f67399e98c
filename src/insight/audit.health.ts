import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { AuditLog } from '../audit/audit-log.js';

/** Degraded while lines cannot be written; down when calls are refused for that reason. */
@Injectable()
export class AuditIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly audit: AuditLog,
  ) {}

  check(): HealthIndicatorResult {
    const session = this.indicators.check('audit');
    if (!this.audit.accepting) {
      return session.down({
        message: 'The audit log cannot be written, and audit.when_full is refuse. Make room on its disk.',
      });
    }
    return this.audit.isBehind
      ? session.degraded({
          message: 'The last write of the audit log failed; lines wait in memory. Make room on its disk.',
        })
      : session.up();
  }
}
