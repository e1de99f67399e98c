import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { exchangeEvent } from '../audit/audit-event.js';
import { AuditLog } from '../audit/audit-log.js';
import { toFault } from '../faults/to-fault.js';
import type { Exchange } from './exchange.js';

/** Answers what no interceptor sees, the refusals of guards, in the caller's dialect; they are audited like any call. */
@Catch()
export class DialectFilter implements ExceptionFilter {
  constructor(private readonly audit: AuditLog) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const exchange = host.getArgByIndex<Exchange>(0);
    this.audit.append(exchangeEvent(await exchange.fail(toFault(error))));
  }
}
