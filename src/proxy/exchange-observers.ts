import { Injectable } from '@nestjs/common';
import { ExchangeAudit } from '../audit/exchange-audit.js';
import { ProxyMetrics } from '../metrics/proxy-metrics.js';
import type { ExchangeObserver, SettledExchange } from '../kernel/settled-exchange.js';

/** Phase 9: hands every settled exchange to whoever watches. */
@Injectable()
export class ExchangeObservers {
  private readonly observers: readonly ExchangeObserver[];

  constructor(audit: ExchangeAudit, metrics: ProxyMetrics) {
    this.observers = [audit, metrics];
  }

  publish(settled: SettledExchange): void {
    for (const observer of this.observers) observer.settled(settled);
  }
}
