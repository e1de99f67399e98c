import type { UpstreamKey } from '../upstream-key.js';
import type { Strategy } from './strategy.js';

/** Kinds of call that are told apart; beyond this many the one that came longest ago starts anew. */
const TURNS_MAX = 500;

/**
 * Smooth weighted round robin: over any run of picks for one kind of call each key comes as often as its weight says,
 * spread evenly instead of in bursts. Keys of weight 0 are picked only when no other candidate is left; then they share
 * alike.
 */
export class WeightedRoundRobin implements Strategy {
  private readonly turns = new Map<string, Map<string, number>>();

  pick(candidates: readonly UpstreamKey[], turn: string): UpstreamKey | undefined {
    const weighted = candidates.filter((key) => key.weight > 0);
    const share = weighted.length > 0 ? weighted : candidates;
    const credits = this.creditsOf(turn);
    let total = 0;
    let best: UpstreamKey | undefined;
    let bestCredit = -Infinity;
    for (const key of share) {
      const weight = Math.max(1, key.weight);
      const credit = (credits.get(key.id) ?? 0) + weight;
      credits.set(key.id, credit);
      total += weight;
      if (credit > bestCredit) [best, bestCredit] = [key, credit];
    }
    if (best) credits.set(best.id, bestCredit - total);
    return best;
  }

  private creditsOf(turn: string): Map<string, number> {
    const credits = this.turns.get(turn) ?? new Map<string, number>();
    // Set anew, so that the first in the map is the one that was used longest ago.
    this.turns.delete(turn);
    this.turns.set(turn, credits);
    const [oldest] = this.turns.keys();
    if (this.turns.size > TURNS_MAX && oldest !== undefined) this.turns.delete(oldest);
    return credits;
  }
}
