import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';

import type { Plane } from '../kernel/principal.js';
import type { ExchangeObserver, SettledAttempt, SettledExchange } from '../kernel/settled-exchange.js';
import { ChildCache } from './child-cache.js';
import { ExchangeMetrics } from './exchange-metrics.js';
import { contractInstruments, inFlightGauge } from './instruments.js';
import { BoundedValues, methodLabel, statusLabel } from './label-values.js';
import { ModelLabels } from './model-labels.js';

const REASONS_MAX = 100;
const KEYS_MAX = 1_000;
/** The control plane has one face. */
const CONTROL_SURFACE = 'admin';

/** Counts what both planes do, under the names of the contract; never throws and never blocks. */
@Injectable()
export class ProxyMetrics implements ExchangeObserver {
  private readonly requests;
  private readonly apiCalls;
  private readonly authFailures;
  private readonly keyUsage;
  private readonly exchanges: ExchangeMetrics;
  private readonly reasons = new BoundedValues(REASONS_MAX);
  private readonly keys = new BoundedValues(KEYS_MAX);
  private readonly inFlight = new Map<Plane, () => number>();

  constructor(
    registry: Registry,
    private readonly models: ModelLabels,
  ) {
    const instruments = contractInstruments(registry);
    this.requests = new ChildCache(instruments.requests);
    this.apiCalls = new ChildCache(instruments.apiCalls);
    this.authFailures = new ChildCache(instruments.authFailures);
    this.keyUsage = new ChildCache(instruments.keyUsage);
    this.exchanges = new ExchangeMetrics(registry);
    inFlightGauge(registry, this.inFlight);
  }

  settled(exchange: SettledExchange): void {
    const { surface, httpMethod, status } = exchange;
    const model = this.models.of(exchange);
    this.requests.child('data', surface, methodLabel(httpMethod), statusLabel(status)).inc();
    for (const attempt of exchange.attempts) this.attempted(attempt, model);
    this.exchanges.settled(exchange, model);
  }

  /** One request to the control plane was answered. */
  controlRequest(method: string, status: number): void {
    this.requests.child('control', CONTROL_SURFACE, methodLabel(method), statusLabel(status)).inc();
  }

  /** One caller was turned away; `reason` is a fault code. */
  authFailure(plane: Plane, reason: string): void {
    this.authFailures.child(plane, this.reasons.label(reason)).inc();
  }

  /** Tells how many requests of a plane are under way; asked on every scrape. */
  watchInFlight(plane: Plane, count: () => number): void {
    this.inFlight.set(plane, count);
  }

  private attempted({ key, outcome }: SettledAttempt, model: string): void {
    const keyLabel = this.keys.label(key);
    this.apiCalls.child(model, keyLabel, outcome).inc();
    this.keyUsage.child(keyLabel).inc();
  }
}
