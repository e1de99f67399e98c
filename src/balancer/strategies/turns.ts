import type { Candidate } from '../candidate.js';

/** Remembers who was picked when, so that equals come in turn. */
export class Turns {
  /** Number of the last pick by index of the candidate. */
  private readonly lastPick: number[] = [];
  private picks = 0;

  /** The candidate of the lowest cost; among equals, the one that was picked longest ago. */
  cheapest(candidates: readonly [Candidate, ...Candidate[]], cost: (candidate: Candidate) => number): Candidate {
    let best = candidates[0];
    let bestCost = Infinity;
    for (const candidate of candidates) {
      const candidateCost = cost(candidate);
      if (candidateCost < bestCost || (candidateCost === bestCost && this.isOlder(candidate, best))) {
        best = candidate;
        bestCost = candidateCost;
      }
    }
    this.picks += 1;
    this.lastPick[best.index] = this.picks;
    return best;
  }

  private isOlder(one: Candidate, other: Candidate): boolean {
    return (this.lastPick[one.index] ?? 0) < (this.lastPick[other.index] ?? 0);
  }
}
