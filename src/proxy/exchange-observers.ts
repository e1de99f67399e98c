import { Injectable } from '@nestjs/common';
import { ProxyMetrics } from '../metrics/proxy-metrics.js';
import type { ExchangeObserver, SettledExchange } from '../kernel/settled-exchange.js';

/** Phase 9: hands every settled exchange to whoever watches. */
@Injectable()
export class ExchangeObservers {
  private readonly observers: ExchangeObserver[];

  constructor(metrics: ProxyMetrics) {
    this.observers = [metrics];
  }

  add(observer: ExchangeObserver): void {
    this.observers.push(observer);
  }

  publish(settled: SettledExchange): void {
    for (const observer of this.observers) observer.settled(settled);
  }
}
