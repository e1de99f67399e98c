import type { Charge } from '../http/call-context.js';
import type { CheckedScenario } from '../scenario/scenario.schema.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';
import { hash } from '../world/seeded.js';

const prefixes = new Shelf<Project, true>();

/**
 * How many tokens of a prompt come from the implicit cache: as many as the cache's minimum, when a prompt with the same
 * beginning came before in this project for this model. Short prompts are never cached.
 */
export function implicitlyCached(project: Project, charge: Charge, text: string, scenario: CheckedScenario): number {
  const minTokens = scenario.min_implicit_cache_tokens;
  if (text.length < minTokens * 4) return 0;
  const name = `${charge.model} ${hash(text.slice(0, minTokens * 4), 0)}`;
  const seen = prefixes.of(project);
  if (seen.has(name)) return minTokens;
  seen.set(name, true);
  return 0;
}
