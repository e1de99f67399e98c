import { Injectable } from '@nestjs/common';
import { ExchangeAudit } from '../audit/exchange-audit.js';
import { ProxyMetrics } from '../metrics/proxy-metrics.js';
import type { ExchangeObserver, SettledExchange } from '../kernel/settled-exchange.js';

/** Phase 9: hands every settled exchange to whoever watches. */
@Injectable()
export class ExchangeObservers {
  private readonly observers: ExchangeObserver[];

  constructor(audit: ExchangeAudit, metrics: ProxyMetrics) {
    this.observers = [audit, metrics];
  }

  add(observer: ExchangeObserver): void {
    this.observers.push(observer);
  }

  publish(settled: SettledExchange): void {
    for (const observer of this.observers) observer.settled(settled);
  }
}
