import type { QuotaViolation } from '../../kernel/gemini/google-error.js';
import { type Dimension, DIMENSIONS, type Limits } from './limits.js';

/** The limits that a refusal names; 0 stands for a model that is not there at all, which is no limit. */
export function limitsTold(violations: readonly QuotaViolation[]): Limits {
  const told = violations.flatMap(({ dimension, limit }) =>
    isKnown(dimension) && limit !== undefined && limit > 0 ? [[dimension, limit] as const] : [],
  );
  return Object.fromEntries(told);
}

function isKnown(dimension: string): dimension is Dimension {
  return DIMENSIONS.some((known) => known === dimension);
}
