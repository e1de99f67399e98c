import type { Clock } from '../../kernel/clock.js';
import type { Candidate } from '../candidate.js';
import type { Strategy } from './strategy.js';

/** How much dearer a key becomes that fails all the time. */
const ERROR_COST = 10;

/**
 * Power of two choices: two keys are drawn by weight, and the one with the lower latency × calls under way × errors is
 * taken. Keys that do equally well get their share by weight; a key of which nothing is known is tried.
 */
export class Adaptive implements Strategy {
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  pick(candidates: readonly [Candidate, ...Candidate[]]): Candidate {
    const total = candidates.reduce((sum, { weight }) => sum + Math.max(1, weight), 0);
    const [first, second] = [this.draw(candidates, total), this.draw(candidates, total)];
    const nowMs = this.clock.monotonic();
    return cost(second, nowMs) < cost(first, nowMs) ? second : first;
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

function cost({ load }: Candidate, nowMs: number): number {
  return (load.latencyMs(nowMs) + 1) * (load.inFlight + 1) * (1 + ERROR_COST * load.errorRate);
}
