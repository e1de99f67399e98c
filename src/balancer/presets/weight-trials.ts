import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { Clock } from '../../kernel/clock.js';
import { KeyOverridesStore } from '../keys/key-overrides.js';
import type { StrategyName } from '../strategies/strategy.js';
import { DecisionLog } from './decision-log.js';
import { checkWeights } from './preset-checks.js';
import { WeightPresets } from './presets.service.js';
import { simulate, type Simulation } from './simulation.js';

/** Weights to be tried, and the strategy that goes with them. */
export interface TriedWeights {
  /** By key id; keys that are not named keep their configured weight. */
  readonly weights: Readonly<Record<string, number>>;
  /** Undefined: the configured one. */
  readonly strategy: StrategyName | undefined;
}

/** Tries presets and weights on the calls of this replica, without applying them. */
@Injectable()
export class WeightTrials {
  constructor(
    private readonly decisions: DecisionLog,
    private readonly presets: WeightPresets,
    private readonly config: ConfigStore,
    private readonly overrides: KeyOverridesStore,
    private readonly clock: Clock,
  ) {}

  /** What a preset would have made of the recorded calls. Throws `not_found` when there is none of this name. */
  async ofPreset(name: string): Promise<Simulation> {
    return this.simulate(await this.presets.get(name));
  }

  /** What weights would have made of the recorded calls. Throws `validation_failed` when they have mistakes. */
  async ofWeights(tried: TriedWeights): Promise<Simulation> {
    checkWeights(tried.weights, this.config.current.gemini);
    return this.simulate(tried);
  }

  private simulate({ weights, strategy }: TriedWeights): Promise<Simulation> {
    const { current: config } = this.config;
    const trial = {
      config,
      overrides: { ...this.overrides.current, weights: new Map(Object.entries(weights)) },
      strategy: strategy ?? config.gemini.strategy,
    };
    return simulate(this.decisions.decisions(), trial, this.clock);
  }
}
