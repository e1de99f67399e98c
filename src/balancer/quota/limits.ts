import type { ProxyConfig } from '../../config/schema.js';
import { modelMatcher } from '../keys/model-pattern.js';

/** The dimensions in which Google limits a project's use of a model (wire facts E). */
export const DIMENSIONS = ['rpm', 'tpm', 'rpd'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Limits by dimension; one that is missing is not known. */
export type Limits = Readonly<Partial<Record<Dimension, number>>>;

/** What limits a bucket, by where it was learned from. */
export interface KnownLimits {
  /** The operator's own bound: holds whatever Google grants. */
  readonly own: Limits;
  /** What the tier of the project promises: Google's answers correct it. */
  readonly tier: Limits;
}

type GeminiOptions = ProxyConfig['gemini'];
type LimitTable = Readonly<Record<string, Limits>>;

/** The configured limits of a project for a model: of its keys the first that tells something counts. */
export function configuredLimits(gemini: GeminiOptions, project: string, model: string | undefined): KnownLimits {
  const keys = gemini.api_keys.filter((key) => key.project === project);
  const own = firstMatch(
    keys.map((key) => key.limits),
    model,
  );
  const tiers = keys.map((key) => (key.tier === undefined ? {} : (gemini.tiers[key.tier] ?? {})));
  return { own, tier: firstMatch(tiers, model) };
}

function firstMatch(tables: readonly LimitTable[], model: string | undefined): Limits {
  if (model === undefined) return {};
  for (const table of tables) {
    for (const [pattern, limits] of Object.entries(table)) {
      if (modelMatcher([pattern])(model)) return limits;
    }
  }
  return {};
}
