import type { ProxyConfig } from '../../config/schema.js';
import type { WeightPreset } from '../../persistence/repositories/weight-preset.repository.js';
import { STRATEGY_NAMES, type StrategyName } from '../strategies/strategy.js';
import { BUILT_IN_PRESETS, type BuiltInPreset } from './built-in-presets.js';

/** Weights under a name, and the strategy that goes with them. */
export interface Preset {
  readonly name: string;
  readonly description: string;
  /** Weight by key id. Keys that are not named keep their configured weight. */
  readonly weights: Readonly<Record<string, number>>;
  /** Undefined: the configured one. */
  readonly strategy: StrategyName | undefined;
  /** The last change of an own preset; undefined for those that come with the proxy. */
  readonly updated: { readonly by: string; readonly atMs: number } | undefined;
}

/** Every built-in preset, with its weights for this configuration. */
export function builtInPresets(gemini: ProxyConfig['gemini']): Preset[] {
  return BUILT_IN_PRESETS.map((preset) => fromBuiltIn(preset, gemini));
}

/** A built-in preset with its weights for this configuration. */
export function fromBuiltIn(
  { name, description, strategy, weigh }: BuiltInPreset,
  gemini: ProxyConfig['gemini'],
): Preset {
  return { name, description, weights: Object.fromEntries(weigh(gemini)), strategy, updated: undefined };
}

export function fromRow({ name, description, weights, strategy, updatedBy, updatedAtMs }: WeightPreset): Preset {
  return {
    name,
    description,
    weights,
    strategy: strategyNamed(strategy),
    updated: { by: updatedBy, atMs: updatedAtMs },
  };
}

/** The strategy of that name; undefined for null, and for a name that this version does not know. */
export function strategyNamed(name: string | null): StrategyName | undefined {
  return STRATEGY_NAMES.find((known) => known === name);
}
