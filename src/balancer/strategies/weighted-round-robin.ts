import type { Candidate } from '../candidate.js';
import type { Strategy } from './strategy.js';

/**
 * Smooth weighted round robin: over any run of picks each key comes as often as its weight says, spread evenly instead
 * of in bursts. Keys without weight share alike.
 */
export class WeightedRoundRobin implements Strategy {
  /** Credit by index of the candidate. */
  private credits = new Float64Array(0);

  pick(candidates: readonly [Candidate, ...Candidate[]]): Candidate {
    const credits = this.creditsOf(candidates);
    let total = 0;
    let best = candidates[0];
    let bestCredit = -Infinity;
    for (const candidate of candidates) {
      const weight = Math.max(1, candidate.weight);
      const credit = (credits[candidate.index] ?? 0) + weight;
      credits[candidate.index] = credit;
      total += weight;
      // Statement by statement: this loop runs over every key for every call.
      if (credit > bestCredit) {
        best = candidate;
        bestCredit = credit;
      }
    }
    credits[best.index] = bestCredit - total;
    return best;
  }

  /** With room for all candidates, who come in the order of their indices. */
  private creditsOf(candidates: readonly [Candidate, ...Candidate[]]): Float64Array {
    const { index } = candidates.at(-1) ?? candidates[0];
    if (index >= this.credits.length) {
      const credits = new Float64Array(index + 1);
      credits.set(this.credits);
      this.credits = credits;
    }
    return this.credits;
  }
}
