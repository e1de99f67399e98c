import type { Warmth } from '../../kernel/settled-exchange.js';
import type { Candidate } from '../candidate.js';
import { atLeastOne, type Candidates } from '../pool.js';
import { hashText, score } from './rendezvous.js';

/** Conversations that are remembered; beyond, the one that was used longest ago starts anew. */
const PLACES_MAX = 10_000;

interface WarmPlace {
  readonly project: string;
  readonly usedAtMs: number;
}

/** The candidates of one project. */
interface ProjectShare {
  readonly project: string;
  readonly hash: number;
  readonly candidates: Candidate[];
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
  private readonly places = new Map<string, WarmPlace>();
  private readonly hashes = new Map<string, number>();

  /** The candidates of the project that is best for a warm call; all of them belong to one project. */
  narrow(candidates: Candidates, warmth: string, nowMs: number, options: WarmOptions): Narrowed {
    const shares = this.sharesOf(candidates);
    const bound = boundOf(shares, options.load_bound);
    const within = shares.filter((share) => share.inFlight + 1 <= bound(share));
    const last = this.lastPlace(warmth, nowMs, options.ttl);
    const kept = within.find(({ project }) => project === last);
    const chosen = kept ?? favourite(within.length > 0 ? within : shares, hashText(warmth));
    this.remember(warmth, { project: chosen?.project ?? '', usedAtMs: nowMs });
    const how = kept ? 'kept' : last === undefined ? 'new' : 'moved';
    return { candidates: atLeastOne(chosen?.candidates ?? []) ?? candidates, warmth: how };
  }

  private lastPlace(warmth: string, nowMs: number, ttlMs: number): string | undefined {
    const place = this.places.get(warmth);
    return place && nowMs - place.usedAtMs <= ttlMs ? place.project : undefined;
  }

  private remember(warmth: string, place: WarmPlace): void {
    // Set anew, so that the first in the map is the one that was used longest ago.
    this.places.delete(warmth);
    this.places.set(warmth, place);
    const [oldest] = this.places.keys();
    if (this.places.size > PLACES_MAX && oldest !== undefined) this.places.delete(oldest);
  }

  private sharesOf(candidates: readonly Candidate[]): ProjectShare[] {
    const shares = new Map<string, ProjectShare>();
    for (const candidate of candidates) {
      const { project } = candidate.key;
      let share = shares.get(project);
      if (!share) {
        share = { project, hash: this.hashOf(project), candidates: [], weight: 0, inFlight: 0 };
        shares.set(project, share);
      }
      share.candidates.push(candidate);
      share.weight += Math.max(1, candidate.weight);
      share.inFlight += candidate.load.inFlight;
    }
    return [...shares.values()];
  }

  private hashOf(project: string): number {
    const known = this.hashes.get(project);
    if (known !== undefined) return known;
    const hash = hashText(project);
    this.hashes.set(project, hash);
    return hash;
  }
}

/** The load that a project may have by its weight: its share of all calls under way, times the bound. */
function boundOf(shares: readonly ProjectShare[], factor: number): (share: ProjectShare) => number {
  const weight = shares.reduce((sum, share) => sum + share.weight, 0);
  const inFlight = shares.reduce((sum, share) => sum + share.inFlight, 0);
  return (share) => Math.ceil(((inFlight + 1) * factor * share.weight) / weight);
}

function favourite(shares: readonly ProjectShare[], nameHash: number): ProjectShare | undefined {
  let best: ProjectShare | undefined;
  let bestScore = -Infinity;
  for (const share of shares) {
    const shareScore = score(nameHash, share.hash, share.weight);
    if (shareScore > bestScore) [best, bestScore] = [share, shareScore];
  }
  return best;
}
