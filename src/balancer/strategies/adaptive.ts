import type { Clock } from '../../kernel/clock.js';
import type { Candidate } from '../candidate.js';
import type { Strategy } from './strategy.js';

/** How much dearer a key becomes that fails all the time. */
const ERROR_COST = 10;

/** A key is preferred when it costs less than this share of the other: smaller differences are chance. */
const CHEAPER = 0.8;

/** What all candidates together have. */
interface Totals {
  weight: number;
  inFlight: number;
}

/**
 * Power of two choices: two keys are drawn by weight, and the second is taken where its latency × load × errors is clearly
 * lower. Load is what a key carries against its share by weight, so that keys that do equally well get their share by
 * weight however many calls are under way; a key of which nothing is known is tried.
 */
export class Adaptive implements Strategy {
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  pick(candidates: readonly [Candidate, ...Candidate[]]): Candidate {
    const totals: Totals = { weight: 0, inFlight: 0 };
    for (const { weight, load } of candidates) {
      totals.weight += Math.max(1, weight);
      totals.inFlight += load.inFlight;
    }
    const [first, second] = [this.draw(candidates, totals.weight), this.draw(candidates, totals.weight)];
    const nowMs = this.clock.monotonic();
    return cost(second, totals, nowMs) < CHEAPER * cost(first, totals, nowMs) ? second : first;
  }

  private draw(candidates: readonly [Candidate, ...Candidate[]], total: number): Candidate {
    let left = this.random() * total;
    for (const candidate of candidates) {
      left -= Math.max(1, candidate.weight);
      if (left < 0) return candidate;
    }
    return candidates[0];
  }
}

function cost({ load, weight }: Candidate, totals: Totals, nowMs: number): number {
  const share = (Math.max(1, weight) / totals.weight) * totals.inFlight;
  return (load.latencyMs(nowMs) + 1) * ((load.inFlight + 1) / (share + 1)) * (1 + ERROR_COST * load.errorRate);
}
