import type { Breaker } from '../kernel/resilience/breaker.js';
import type { Candidate } from './candidate.js';
import type { Place } from './lease.js';
import type { Strategy } from './strategies/strategy.js';

/** What narrows the choice for one attempt. */
export interface Choice {
  readonly place: Place | undefined;
  readonly tried: ReadonlySet<string>;
  readonly nowMs: number;
  readonly inputTokens: number;
}

/** At least one candidate. */
export type Candidates = readonly [Candidate, ...Candidate[]];

/** The keys that may ever serve one kind of call, and the strategy that shares these calls out. */
export class Pool {
  private readonly hasSpare: boolean;

  constructor(
    readonly candidates: readonly Candidate[],
    readonly strategy: Strategy,
    /** Stops calls to a model that is overloaded. */
    readonly breaker: Breaker,
  ) {
    this.hasSpare = candidates.some(({ weight }) => weight === 0);
  }

  /** The candidates that could serve now. */
  open(choice: Choice): Candidates | undefined {
    const { candidates } = this;
    const { nowMs, inputTokens } = choice;
    const isAny = choice.place === undefined && choice.tried.size === 0;
    // Most of the time all of them could: then no list is made.
    let open: Candidate[] | undefined;
    for (let at = 0; at < candidates.length; at += 1) {
      const candidate = candidates[at];
      if (candidate?.isOpen(nowMs, inputTokens) && (isAny || fits(candidate, choice))) open?.push(candidate);
      else open ??= candidates.slice(0, at);
    }
    return atLeastOne(open ?? candidates);
  }

  /** Of open candidates those with weight, or all when none has any; under `priority` those of the highest tier. */
  preferred(open: Candidates): Candidates {
    const weighted = this.hasSpare ? (atLeastOne(open.filter(({ weight }) => weight > 0)) ?? open) : open;
    return this.strategy.foremost?.(weighted) ?? weighted;
  }

  /** Epoch milliseconds of the earliest time at which one of the candidates could serve; Infinity when none is known. */
  opensAtMs(choice: Choice): number {
    let earliestMs = Infinity;
    for (const candidate of this.candidates) {
      if (!fits(candidate, choice)) continue;
      earliestMs = Math.min(earliestMs, candidate.opensAtMs(choice.nowMs, choice.inputTokens));
    }
    return earliestMs;
  }

  find(keyId: string): Candidate | undefined {
    return this.candidates.find(({ key }) => key.id === keyId);
  }
}

function fits({ key }: Candidate, { place, tried }: Choice): boolean {
  if (tried.size > 0 && tried.has(key.id)) return false;
  if (!place) return true;
  return place.kind === 'project' ? key.project === place.project : key.id === place.key;
}

/** The list as one that has a first item. */
export function atLeastOne(candidates: readonly Candidate[]): Candidates | undefined {
  return candidates.length > 0 ? (candidates as Candidates) : undefined;
}
