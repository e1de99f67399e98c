import type { ProxyConfig } from '../../config/schema.js';
import { configuredLimits, type Dimension, DIMENSIONS } from '../quota/limits.js';

type GeminiOptions = ProxyConfig['gemini'];
type Capacities = ReadonlyMap<string, number>;

/**
 * How much each project may spend, in one unit for all: requests a minute where most projects state them, else tokens a
 * minute, else requests a day, over the model patterns for which all of these projects state a limit. A project that
 * states none counts as the average of the others; empty when nothing can be compared.
 */
export function projectCapacities(gemini: GeminiOptions): Capacities {
  const projects = [...new Set(gemini.api_keys.map(({ project }) => project))];
  const known = DIMENSIONS.map((dimension) => statedCapacities(gemini, projects, dimension)).reduce((widest, next) =>
    next.size > widest.size ? next : widest,
  );
  if (known.size === 0) return known;
  const average = [...known.values()].reduce((sum, capacity) => sum + capacity, 0) / known.size;
  return new Map(projects.map((project) => [project, known.get(project) ?? average]));
}

function statedCapacities(gemini: GeminiOptions, projects: readonly string[], dimension: Dimension): Capacities {
  const patterns = patternsOf(gemini);
  const stated = projects
    .map((project) => ({ project, limits: patterns.map((pattern) => limitOf(gemini, project, pattern, dimension)) }))
    .filter(({ limits }) => limits.some(Number.isFinite));
  const shared = patterns.map((_, index) => stated.every(({ limits }) => Number.isFinite(limits[index])));
  if (!shared.includes(true)) return new Map();
  return new Map(
    stated.map(({ project, limits }) => [
      project,
      limits.reduce((sum, limit, index) => (shared[index] === true ? sum + limit : sum), 0),
    ]),
  );
}

function patternsOf(gemini: GeminiOptions): string[] {
  const tables = gemini.api_keys.flatMap((key) => [key.limits, gemini.tiers[key.tier ?? ''] ?? {}]);
  return [...new Set(tables.flatMap((table) => Object.keys(table)))];
}

/** A pattern stands for the models that it matches: as a name it matches itself and every wider pattern. */
function limitOf(gemini: GeminiOptions, project: string, pattern: string, dimension: Dimension): number {
  const { own, tier } = configuredLimits(gemini, project, pattern);
  return Math.min(own[dimension] ?? Infinity, tier[dimension] ?? Infinity);
}
