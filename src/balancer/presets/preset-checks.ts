import { formatPath } from '../../config/option-path.js';
import { identifier } from '../../config/scalars/text.js';
import type { ProxyConfig } from '../../config/schema.js';
import { Fault, type Violation } from '../../kernel/errors/fault.js';
import { builtInPreset } from './built-in-presets.js';

/** The largest weight, in presets as in the configuration. */
export const WEIGHT_MAX = 1_000_000;

type Weights = Readonly<Record<string, number>>;

/** Throws `validation_failed` unless an operator may give this name to a preset of their own. */
export function checkName(name: string): void {
  const parsed = identifier().safeParse(name);
  if (!parsed.success) refuse(parsed.error.issues.map(({ message }) => ({ path: 'name', message })));
  refuseBuiltIn(name);
}

/** Throws `validation_failed` for the name of a preset that comes with the proxy. */
export function refuseBuiltIn(name: string): void {
  if (!builtInPreset(name)) return;
  const message = `is a preset that comes with the proxy and stays as it is: make one of your own under another name`;
  refuse([{ path: 'name', message }]);
}

/**
 * Throws `validation_failed`, with the path of every mistake, unless the weights are whole numbers for configured keys
 * that leave at least one key with a weight.
 */
export function checkWeights(weights: Weights, gemini: ProxyConfig['gemini']): void {
  const known = new Set(gemini.api_keys.map(({ id }) => id));
  refuse(Object.entries(weights).flatMap(([id, weight]) => mistakesOf(id, weight, known)));
  if (Object.keys(weights).length === 0) {
    refuse([{ path: 'weights', message: 'is empty: give at least one key a weight' }]);
  }
  checkSomeServe(weights, gemini);
}

/** Throws `validation_failed` when the weights leave no configured key with one. */
export function checkSomeServe(weights: Weights, { api_keys: keys }: ProxyConfig['gemini']): void {
  if (keys.some(({ id, weight }) => (weights[id] ?? weight) > 0)) return;
  refuse([{ path: 'weights', message: 'leaves every key without weight: give at least one more than 0' }]);
}

function mistakesOf(id: string, weight: number, known: ReadonlySet<string>): Violation[] {
  const path = formatPath(['weights', id]);
  if (!known.has(id)) {
    return [{ path, message: `is no configured key: the keys are ${[...known].slice(0, 20).join(', ')}` }];
  }
  const isWeight = Number.isInteger(weight) && weight >= 0 && weight <= WEIGHT_MAX;
  return isWeight ? [] : [{ path, message: `must be a whole number from 0 to ${WEIGHT_MAX}` }];
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw new Fault('validation_failed', { violations });
}
