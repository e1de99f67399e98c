import { Injectable } from '@nestjs/common';
import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import { ModelLabels } from './model-labels.js';

/** What the balancer tells of one key. */
export interface KeyReading {
  readonly key: string;
  readonly state: string;
  readonly weight: number;
  readonly inFlight: number;
  /** Seconds until the last of its rests that have an end is over. */
  readonly coolDownSeconds: number;
}

/** What is left of one limit of a project's quota for a model; read only where a limit is known. */
export interface RoomReading {
  readonly project: string;
  readonly model: string;
  readonly dimension: string;
  readonly room: number;
  readonly limit: number;
}

/** What the balancer tells when Prometheus asks. */
export interface BalancerReadings {
  keys(): readonly KeyReading[];
  rooms(): readonly RoomReading[];
  /** Breakers by name: 0 closed, 1 half open, 2 open. */
  breakers(): readonly { readonly name: string; readonly state: number }[];
  waiting(): number;
}

const SERIES_MAX = 1_000;

/** The breaker of upstream's address; the others are of models. */
export const UPSTREAM = 'upstream';

/** Gauges over the state of the balancer, read on every scrape. */
@Injectable()
export class BalancerGauges {
  private readings: BalancerReadings | undefined;
  private readonly transitions: Counter;

  constructor(
    private readonly registry: Registry,
    private readonly models: ModelLabels,
  ) {
    this.transitions = new Counter({
      name: 'gemini_proxy_rest_transitions_total',
      help: 'Rests that began, grew or ended, by what rests (key, project, billing, bucket, …) and why.',
      labelNames: ['scope', 'change'],
      registers: [registry],
    });
    this.gauge(
      'gemini_proxy_key_state',
      'Keys by their state: 1 for the one that holds.',
      ['key', 'state'],
      (gauge) => {
        for (const { key, state } of this.keys()) gauge.set({ key, state }, 1);
      },
    );
    this.gauge('gemini_proxy_key_weight', 'Effective weight of a key.', ['key'], (gauge) => {
      for (const { key, weight } of this.keys()) gauge.set({ key }, weight);
    });
    this.gauge('gemini_proxy_key_in_flight', 'Attempts under way with a key.', ['key'], (gauge) => {
      for (const { key, inFlight } of this.keys()) gauge.set({ key }, inFlight);
    });
    this.gauge(
      'gemini_proxy_key_cool_down_seconds',
      'Seconds that a key, or a model of it, still rests.',
      ['key'],
      (gauge) => {
        for (const { key, coolDownSeconds } of this.keys()) gauge.set({ key }, coolDownSeconds);
      },
    );
    this.rooms();
    this.gauge('gemini_proxy_breaker_state', '0 closed, 1 half open, 2 open.', ['name'], (gauge) => {
      for (const { name, state } of this.readings?.breakers() ?? []) {
        if (name === UPSTREAM || this.models.isKnown(name)) gauge.set({ name }, state);
      }
    });
    this.gauge('gemini_proxy_queue_depth', 'Calls that wait for a key.', [], (gauge) => {
      gauge.set(this.readings?.waiting() ?? 0);
    });
  }

  /** From here on the gauges read this. */
  watch(readings: BalancerReadings): void {
    this.readings = readings;
  }

  /** A rest began, grew or ended; `scope` is the kind of what rests, `change` why, or `returned`. */
  transition(scope: string, change: string): void {
    this.transitions.inc({ scope, change });
  }

  private keys(): readonly KeyReading[] {
    return (this.readings?.keys() ?? []).slice(0, SERIES_MAX);
  }

  private rooms(): void {
    const labels = ['project', 'model', 'dimension'];
    const read =
      (value: (room: RoomReading) => number) =>
      (gauge: Gauge): void => {
        for (const reading of (this.readings?.rooms() ?? []).slice(0, SERIES_MAX)) {
          const { project, model, dimension } = reading;
          if (this.models.isKnown(model)) gauge.set({ project, model, dimension }, value(reading));
        }
      };
    this.gauge(
      'gemini_proxy_bucket_room',
      'What is left of a quota.',
      labels,
      read(({ room }) => room),
    );
    this.gauge(
      'gemini_proxy_bucket_limit',
      'A quota as far as it is known.',
      labels,
      read(({ limit }) => limit),
    );
  }

  private gauge(name: string, help: string, labelNames: string[], read: (gauge: Gauge) => void): Metric {
    return new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        // What is gone must not be told any more.
        this.reset();
        read(this);
      },
    });
  }
}
