import type { Candidate } from '../candidate.js';
import type { Strategy } from './strategy.js';
import { Turns } from './turns.js';

/** Tiers by weight: the highest weight serves alone, equals in turn; a lower one only when no higher one can. */
export class Priority implements Strategy {
  private readonly turns = new Turns();

  foremost(candidates: readonly [Candidate, ...Candidate[]]): readonly [Candidate, ...Candidate[]] {
    const highest = Math.max(...candidates.map(({ weight }) => weight));
    const [first = candidates[0], ...others] = candidates.filter(({ weight }) => weight === highest);
    return [first, ...others];
  }

  pick(candidates: readonly [Candidate, ...Candidate[]]): Candidate {
    return this.turns.cheapest(candidates, byTier);
  }
}

function byTier({ weight }: Candidate): number {
  return -weight;
}
