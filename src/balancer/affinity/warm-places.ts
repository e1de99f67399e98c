import type { Warmth } from '../../kernel/settled-exchange.js';
import type { Candidate } from '../candidate.js';
import { atLeastOne, type Candidates } from '../pool.js';
import { Recent } from './recent.js';
import { hashText, score } from './rendezvous.js';

/** Conversations that are remembered; beyond, those that were used longest ago start anew. */
const PLACES_MAX = 10_000;

/** Hashes of so many projects are remembered. */
const PROJECTS_MAX = 1_000;

/** Where a conversation was served last. */
interface WarmPlace {
  project: string;
  usedAtMs: number;
}

/** The weight of keys, and the calls under way with them. */
interface Load {
  weight: number;
  inFlight: number;
}

/** The candidates that are left for a call, and how it was placed. */
export interface Narrowed {
  readonly candidates: Candidates;
  readonly warmth: Warmth | undefined;
}

export interface WarmOptions {
  /** Milliseconds that a conversation stays where it was served last. */
  readonly ttl: number;
  /** How far above the average load of a project the favourite may be. */
  readonly load_bound: number;
}

/**
 * Keeps calls with the same beginning on one project, whose prompt cache knows it: first where it was served last, else
 * at its favourite by rendezvous hashing, and never where the load is beyond the bound (Mirrokni, Thorup, Zadimoghaddam,
 * "Consistent hashing with bounded loads", 2016). Whether caches are shared among projects is not documented (wire
 * facts H), so they are taken as not.
 */
export class WarmPlaces {
  private readonly places = new Recent<WarmPlace>(PLACES_MAX);
  private readonly hashes = new Recent<number>(PROJECTS_MAX);

  /** The candidates of the project that is best for a warm call; all of them belong to one project. */
  narrow(candidates: Candidates, warmth: string, nowMs: number, { ttl, load_bound: bound }: WarmOptions): Narrowed {
    const place = this.places.get(warmth);
    const last = place && nowMs - place.usedAtMs <= ttl ? place.project : undefined;
    const all = loadOf(candidates);
    /** The load that a project may have by its weight: its share of all calls under way, times the bound. */
    const bears = ({ weight, inFlight }: Load): boolean =>
      inFlight + 1 <= Math.ceil(((all.inFlight + 1) * bound * weight) / all.weight);
    const isKept = last !== undefined && bears(loadOf(candidates, last));
    const project = isKept ? last : this.favourite(candidates, warmth, bears);
    this.remember(warmth, place, project, nowMs);
    const own = atLeastOne(candidates.filter(({ key }) => key.project === project)) ?? candidates;
    return { candidates: own, warmth: isKept ? 'kept' : last === undefined ? 'new' : 'moved' };
  }

  private remember(warmth: string, place: WarmPlace | undefined, project: string, usedAtMs: number): void {
    if (!place) {
      this.places.set(warmth, { project, usedAtMs });
      return;
    }
    place.project = project;
    place.usedAtMs = usedAtMs;
  }

  /** Of the projects that bear one more call the favourite; there is always one, since not all can be above average. */
  private favourite(candidates: Candidates, warmth: string, bears: (load: Load) => boolean): string {
    const nameHash = hashText(warmth);
    let best = candidates[0].key.project;
    let bestScore = -Infinity;
    for (const [project, load] of loadsByProject(candidates)) {
      const projectScore = bears(load) ? score(nameHash, this.hashOf(project), load.weight) : -Infinity;
      if (projectScore > bestScore) {
        best = project;
        bestScore = projectScore;
      }
    }
    return best;
  }

  private hashOf(project: string): number {
    const known = this.hashes.get(project);
    if (known !== undefined) return known;
    const hash = hashText(project);
    this.hashes.set(project, hash);
    return hash;
  }
}

/** The load of a project's candidates, or of all. */
function loadOf(candidates: Candidates, project?: string): Load {
  const sum = { weight: 0, inFlight: 0 };
  for (const candidate of candidates) {
    if (project === undefined || candidate.key.project === project) add(sum, candidate);
  }
  return sum;
}

function loadsByProject(candidates: Candidates): ReadonlyMap<string, Load> {
  const loads = new Map<string, Load>();
  for (const candidate of candidates) {
    const { project } = candidate.key;
    let load = loads.get(project);
    if (!load) {
      load = { weight: 0, inFlight: 0 };
      loads.set(project, load);
    }
    add(load, candidate);
  }
  return loads;
}

function add(sum: Load, { weight, load }: Candidate): void {
  sum.weight += Math.max(1, weight);
  sum.inFlight += load.inFlight;
}
