import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { BreakerState } from '../kernel/resilience/breaker.js';
import {
  BalancerGauges,
  type BalancerReadings,
  type KeyReading,
  type RoomReading,
  UPSTREAM,
} from '../metrics/balancer-gauges.js';
import { Balancer } from './balancer.service.js';
import { Health } from './health/health.js';
import { KeyOverview } from './keys/key-overview.js';

const STATE_VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

/** Lets the gauges read the balancer. */
@Injectable()
export class LiveReadings implements BalancerReadings {
  constructor(
    gauges: BalancerGauges,
    private readonly balancer: Balancer,
    private readonly health: Health,
    private readonly overview: KeyOverview,
    private readonly clock: Clock,
  ) {
    gauges.watch(this);
    health.onChange(({ name, closedUntilMs, coolDown }) => {
      const isClosed = closedUntilMs > clock.now();
      gauges.transition(name.slice(0, name.indexOf(':')), isClosed && coolDown ? coolDown.kind : 'returned');
    });
  }

  keys(): KeyReading[] {
    const nowMs = this.clock.now();
    return this.overview.list().map(({ id, state, effectiveWeight, inFlight, coolDowns }) => {
      const ends = coolDowns.map(({ untilMs }) => untilMs).filter((untilMs) => untilMs !== Infinity);
      const coolDownSeconds = Math.max(0, Math.max(nowMs, ...ends) - nowMs) / 1_000;
      return { key: id, state, weight: effectiveWeight, inFlight, coolDownSeconds };
    });
  }

  rooms(): RoomReading[] {
    const nowMs = this.clock.now();
    return [...this.balancer.buckets.metered()].flatMap((bucket) =>
      bucket
        .stateAt(nowMs)
        .filter(({ limit }) => limit !== Infinity)
        .map(({ dimension, used, limit }) => ({
          project: bucket.project,
          model: bucket.model ?? '',
          dimension,
          room: Math.max(0, limit - used),
          limit,
        })),
    );
  }

  breakers(): { name: string; state: number }[] {
    const nowMs = this.clock.monotonic();
    const { upstream } = this.health.breakers;
    const models = this.health.breakers.tripped(nowMs);
    return [{ name: UPSTREAM, state: STATE_VALUES[upstream.state(nowMs)] }].concat(
      models.map(({ model, state }) => ({ name: model, state: STATE_VALUES[state] })),
    );
  }

  waiting(): number {
    return this.balancer.waiting;
  }
}
