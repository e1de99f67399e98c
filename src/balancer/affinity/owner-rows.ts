import type { ToldResource } from '../../kernel/gemini/answer-names.js';
import { LIFETIME_MS } from '../../kernel/gemini/resource-lifetime.js';
import type { ResourceOwner } from '../../persistence/repositories/resource-owner.repository.js';

/** Things of a client in one project. */
export interface Possession {
  readonly client: string;
  readonly project: string;
  readonly model: string | undefined;
  readonly things: readonly ToldResource[];
}

/** The rows that say so; a thing whose end is not told lives as long as its kind may. */
export function ownerRows({ client, project, model, things }: Possession, nowMs: number): ResourceOwner[] {
  return things.map(({ resource: { kind, name }, expiresAtMs }) => {
    const lifetimeMs = LIFETIME_MS[kind];
    const endMs = expiresAtMs ?? (lifetimeMs === null ? null : nowMs + lifetimeMs);
    return { resource: name, project, client, kind, model: model ?? null, createdAtMs: nowMs, expiresAtMs: endMs };
  });
}
