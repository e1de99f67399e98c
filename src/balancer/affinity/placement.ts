import { Fault } from '../../kernel/errors/fault.js';
import type { Resource } from '../../kernel/gemini/resource.js';
import type { ResourceOwner } from '../../persistence/repositories/resource-owner.repository.js';

/** Something that a call names, with whoever owns something of that name. */
export interface Named {
  readonly resource: Resource;
  /** False when it counts only if its name is known. */
  readonly isCertain: boolean;
  readonly owners: readonly ResourceOwner[];
}

/** Who calls, and what of others it may touch. */
export interface Rights {
  readonly client: string;
  readonly isAdmin: boolean;
  readonly mayUseUnowned: boolean;
}

/** Where a call belongs. */
export interface Placement {
  /** The project that has everything that the call names; undefined when nothing of it is owned. */
  readonly project: string | undefined;
  /** Whose things they are. */
  readonly owner: string;
  /** Names of what is owned. */
  readonly owned: ReadonlySet<string>;
  /** What nobody is known to own. */
  readonly unowned: readonly Resource[];
}

/** A name in an error; callers may send longer ones than anybody wants to read. */
const NAME_CHARS_MAX = 120;

/**
 * Finds the one project that can serve a call, by what the call names. Whether a thing of somebody else exists is not
 * told. @throws Fault resource_not_found, owners_conflict
 */
export function placementOf(named: readonly Named[], rights: Rights): Placement {
  const places = new Map<string, readonly ResourceOwner[]>();
  const unowned: Resource[] = [];
  for (const { resource, isCertain, owners } of named) {
    const usable = usableBy(rights, owners);
    const mayBeAnybodys = owners.length === 0 && (rights.mayUseUnowned || !isCertain);
    if (usable.length > 0) places.set(resource.name, usable);
    else if (!mayBeAnybodys) throw notFound(resource);
    else if (isCertain) unowned.push(resource);
  }
  const [first] = [...places.values()].flat();
  const owner = first?.client ?? rights.client;
  return { project: first && commonProject(places), owner, owned: new Set(places.keys()), unowned };
}

/** A client's own before others'; the newest first. */
function usableBy({ client, isAdmin }: Rights, owners: readonly ResourceOwner[]): readonly ResourceOwner[] {
  const own = owners.filter((owner) => owner.client === client);
  const usable = own.length > 0 || !isAdmin ? own : owners;
  return usable.toSorted((one, other) => other.createdAtMs - one.createdAtMs);
}

/** The same name may exist in several projects, since callers may choose names of files. */
function commonProject(places: ReadonlyMap<string, readonly ResourceOwner[]>): string {
  let common: readonly string[] | undefined;
  const seen: string[] = [];
  for (const [name, owners] of places) {
    const projects = owners.map(({ project }) => project);
    common = common?.filter((project) => projects.includes(project)) ?? projects;
    if (common.length === 0) {
      const rival = seen.find((other) => !sharesProject(places.get(other), projects));
      throw conflict(rival ?? 'what it names before', name);
    }
    seen.push(name);
  }
  return common?.[0] ?? '';
}

function sharesProject(owners: readonly ResourceOwner[] = [], projects: readonly string[]): boolean {
  return owners.some(({ project }) => projects.includes(project));
}

function notFound({ kind, name }: Resource): Fault {
  const detail =
    kind === 'tokens'
      ? 'A continuation token or session handle of the call has expired, or was given to somebody else. Begin anew without it.'
      : `${clipped(name)} does not exist, or is not yours. Use names that this proxy gave to the same client.`;
  return new Fault('resource_not_found', { detail });
}

function conflict(one: string, other: string): Fault {
  const detail =
    `${clipped(one)} and ${clipped(other)} live in different Google projects, and no project can see both. ` +
    'Use them in separate calls, or make one of them anew until both are in the same project.';
  return new Fault('owners_conflict', { detail });
}

function clipped(name: string): string {
  return name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX)}…` : name;
}
