import { Module } from '@nestjs/common';

import { AuditInterceptor } from './audit.interceptor.js';
import { AuditLog } from './audit-log.js';
import { ExchangeAudit } from './exchange-audit.js';
import { AuditStoreOpener } from './audit-store.js';
import { ControlAudit } from './control-audit.js';

/**
 * The audit log, and the interceptor that feeds it. Not global on purpose: modules that are closed after it, as the
 * database is, must stay below.
 */
@Module({
  providers: [AuditLog, AuditStoreOpener, ControlAudit, AuditInterceptor, ExchangeAudit],
  exports: [AuditLog, ControlAudit, AuditInterceptor, ExchangeAudit],
})
export class AuditModule {}
