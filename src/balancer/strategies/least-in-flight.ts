import type { Candidate } from '../candidate.js';
import type { Strategy } from './strategy.js';
import { Turns } from './turns.js';

/** The key that carries the fewest calls for its weight; equals come in turn. */
export class LeastInFlight implements Strategy {
  private readonly turns = new Turns();

  pick(candidates: readonly [Candidate, ...Candidate[]]): Candidate {
    return this.turns.cheapest(candidates, loadOf);
  }
}

function loadOf({ load, weight }: Candidate): number {
  return (load.inFlight + 1) / Math.max(1, weight);
}
