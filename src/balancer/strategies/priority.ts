import type { Candidate } from '../candidate.js';
import type { Strategy } from './strategy.js';
import { Turns } from './turns.js';

/** Tiers by weight: the highest weight serves alone, equals in turn; a lower one only when no higher one can. */
export class Priority implements Strategy {
  private readonly turns = new Turns();

  pick(candidates: readonly [Candidate, ...Candidate[]]): Candidate {
    return this.turns.cheapest(candidates, byTier);
  }
}

function byTier({ weight }: Candidate): number {
  return -weight;
}
