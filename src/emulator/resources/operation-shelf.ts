import type { JsonObject } from '../json.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';

/** Work that is done after some looks at it, not after some time: so tests need not wait. */
export interface StoredOperation {
  readonly name: string;
  looksLeft: number;
  /** Makes the response; called once, when the work is done. */
  readonly finish: () => JsonObject;
  response: JsonObject | undefined;
}

export const operations = new Shelf<Project, StoredOperation>();

/** Starts work under a name; returns the operation's JSON. */
export function startOperation(world: World, project: Project, name: string, finish: () => JsonObject): JsonObject {
  const operation: StoredOperation = { name, looksLeft: world.scenario.polls_until_done, finish, response: undefined };
  operations.of(project).set(name, operation);
  return operationJson(operation);
}

/** Counts a look; the last one finishes the work. */
export function look(operation: StoredOperation): JsonObject {
  operation.looksLeft -= 1;
  if (operation.looksLeft <= 0) operation.response ??= operation.finish();
  return operationJson(operation);
}

/** The operation as JSON; `done` appears only once it is true. */
export function operationJson({ name, response }: StoredOperation): JsonObject {
  return response === undefined ? { name } : { name, done: true, response };
}
