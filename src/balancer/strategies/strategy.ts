import type { Candidate } from '../candidate.js';

/** The strategies by the names that the configuration uses. */
export const STRATEGY_NAMES = ['weighted_round_robin', 'adaptive', 'least_in_flight', 'priority'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

/**
 * A way to choose among keys that could all serve a call. One instance serves one kind of call: what spends the same
 * quota takes turns among itself, whatever other calls come between.
 */
export interface Strategy {
  /**
   * The candidates that other wishes, such as a warm prompt cache, may choose among; without it all of them. Whoever
   * narrows the choice must not take a key that the strategy keeps for later.
   */
  foremost?(candidates: readonly [Candidate, ...Candidate[]]): readonly [Candidate, ...Candidate[]];
  /** One of the candidates, who come in the order of their indices. */
  pick(candidates: readonly [Candidate, ...Candidate[]]): Candidate;
}
