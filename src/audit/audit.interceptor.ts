import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';

import { callOf } from '../faults/call-of.js';
import type { SettledExchange } from '../kernel/settled-exchange.js';
import { exchangeEvent } from './audit-event.js';
import { AuditLog } from './audit-log.js';
import { ControlAudit } from './control-audit.js';

/**
 * One line for every call. On the data plane the handler emits the settled exchange when its response has closed,
 * however it ended; on the control plane a route marked `@Audited` gives a line when it is done or has failed.
 * Stands outside ErrorMappingInterceptor, so that it sees faults and settled exchanges only.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor<unknown, unknown> {
  constructor(
    private readonly log: AuditLog,
    private readonly control: ControlAudit,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const handled = next.handle();
    if (callOf(context).plane === 'data') return handled.pipe(tap(this.appendExchange));
    const record = this.control.open(context);
    return record ? handled.pipe(tap({ complete: record.done, error: record.failed })) : handled;
  }

  private readonly appendExchange = (value: unknown): void => {
    if (isSettledExchange(value)) this.log.append(exchangeEvent(value));
  };
}

function isSettledExchange(value: unknown): value is SettledExchange {
  return typeof value === 'object' && value !== null && 'ending' in value && 'attempts' in value;
}
