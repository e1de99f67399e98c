import { Injectable } from '@nestjs/common';
import type { ExchangeObserver, SettledExchange } from '../kernel/settled-exchange.js';
import { exchangeEvent } from './audit-event.js';
import { AuditLog } from './audit-log.js';

/** One line for every proxied call, when it has settled, however it ended. */
@Injectable()
export class ExchangeAudit implements ExchangeObserver {
  constructor(private readonly log: AuditLog) {}

  settled(exchange: SettledExchange): void {
    this.log.append(exchangeEvent(exchange));
  }
}
