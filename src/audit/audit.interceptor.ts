import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';

import { ControlAudit } from './control-audit.js';

/**
 * A line for each call of a control-plane route marked `@Audited`, when it is done or has failed. Stands outside
 * ErrorMappingInterceptor, so that it sees faults only. Proxied calls are audited by ExchangeAudit when they settle.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor<unknown, unknown> {
  constructor(private readonly control: ControlAudit) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const record = this.control.open(context);
    return record ? next.handle().pipe(tap({ complete: record.done, error: record.failed })) : next.handle();
  }
}
