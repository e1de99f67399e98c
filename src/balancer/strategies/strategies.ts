import type { Clock } from '../../kernel/clock.js';
import { Adaptive } from './adaptive.js';
import { LeastInFlight } from './least-in-flight.js';
import { Priority } from './priority.js';
import type { Strategy, StrategyName } from './strategy.js';
import { WeightedRoundRobin } from './weighted-round-robin.js';

/** What strategies are made of. */
export interface StrategyTools {
  readonly clock: Clock;
  readonly random: () => number;
}

const STRATEGIES: Readonly<Record<StrategyName, (tools: StrategyTools) => Strategy>> = {
  weighted_round_robin: () => new WeightedRoundRobin(),
  adaptive: ({ clock, random }) => new Adaptive(clock, random),
  least_in_flight: () => new LeastInFlight(),
  priority: () => new Priority(),
};

/** A fresh strategy of that name. */
export function createStrategy(name: StrategyName, tools: StrategyTools): Strategy {
  return STRATEGIES[name](tools);
}
