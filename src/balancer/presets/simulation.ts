import { setImmediate } from 'node:timers/promises';
import type { ProxyConfig } from '../../config/schema.js';
import type { Clock } from '../../kernel/clock.js';
import type { KeyOverrides } from '../keys/key-overrides.js';
import { KeyRing } from '../keys/key-ring.js';
import type { StrategyName } from '../strategies/strategy.js';
import type { Decision } from './decision-log.js';
import { Replay } from './replay.js';
import { type KeyOutcome, type ModelOutcome, Tally } from './tally.js';

/** Decisions that are replayed before other work gets its turn. */
const SLICE = 200;

/** What is tried. */
export interface Trial {
  readonly config: ProxyConfig;
  /** As they would be: the weights of the trial, and the standby keys that stepped in. */
  readonly overrides: KeyOverrides;
  readonly strategy: StrategyName;
}

/** What would have become of the calls that were recorded. */
export interface Simulation {
  readonly strategy: StrategyName;
  /** Decisions that were replayed. */
  readonly decisions: number;
  /** Epoch milliseconds of the first and the last of them; undefined when there is none. */
  readonly fromMs: number | undefined;
  readonly untilMs: number | undefined;
  /** Calls that another key would have served. */
  readonly moved: number;
  /** Calls that no key of today could have served. */
  readonly unserved: number;
  readonly keys: readonly KeyOutcome[];
  /** The most used first. */
  readonly models: readonly ModelOutcome[];
}

/**
 * Gives every recorded call anew, to the keys that could have served it then, by a strategy that begins without a
 * memory. What rested or had no room stays out, whatever the trial would have spared it; that calls of one conversation
 * stay together is left aside. Other work goes on meanwhile.
 */
export async function simulate(decisions: readonly Decision[], trial: Trial, clock: Clock): Promise<Simulation> {
  const { keys } = KeyRing.from(trial.config, trial.overrides);
  const replay = new Replay(keys, trial.strategy, clock);
  const tally = new Tally(keys);
  for (let first = 0; first < decisions.length; first += SLICE) {
    for (const decision of decisions.slice(first, first + SLICE)) tally.add(decision, replay.choose(decision));
    await setImmediate();
  }
  return {
    strategy: trial.strategy,
    decisions: decisions.length,
    fromMs: decisions[0]?.atMs,
    untilMs: decisions.at(-1)?.atMs,
    ...tally.result(),
  };
}
