import type { UpstreamKey } from '../upstream-key.js';
import type { Strategy } from './strategy.js';

/**
 * Smooth weighted round robin: over any run of picks each key comes as often as its weight says, spread evenly instead
 * of in bursts. Keys of weight 0 are picked only when no other candidate is left.
 */
export class WeightedRoundRobin implements Strategy {
  private readonly credit = new Map<string, number>();

  pick(candidates: readonly UpstreamKey[]): UpstreamKey | undefined {
    let total = 0;
    let best: UpstreamKey | undefined;
    let bestCredit = -Infinity;
    for (const key of candidates) {
      if (key.weight === 0) continue;
      const credit = (this.credit.get(key.id) ?? 0) + key.weight;
      this.credit.set(key.id, credit);
      total += key.weight;
      if (credit > bestCredit) [best, bestCredit] = [key, credit];
    }
    if (!best) return candidates[0];
    this.credit.set(best.id, bestCredit - total);
    return best;
  }
}
