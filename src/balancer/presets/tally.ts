import type { UpstreamKey } from '../keys/upstream-key.js';
import type { Decision } from './decision-log.js';

/** Names of models come from callers: the others are counted, but not listed. */
const MODELS_LISTED = 100;

/** What one key had, or would have, of all calls. */
export interface Portion {
  readonly calls: number;
  /** Of all calls, 0 to 1. */
  readonly share: number;
  /** Input tokens, as estimated before the calls. */
  readonly tokens: number;
  readonly tokenShare: number;
}

/** One key before and in the trial. */
export interface KeyOutcome {
  readonly key: string;
  /** Its weight in the trial; undefined when it is not configured any more. */
  readonly weight: number | undefined;
  /** Calls that it could have served. */
  readonly eligible: number;
  readonly recorded: Portion;
  readonly expected: Portion;
}

/** One model before and in the trial; keys that had none of its calls and get none are left out. */
export interface ModelOutcome {
  /** Undefined for calls that name none. */
  readonly model: string | undefined;
  readonly calls: number;
  readonly keys: readonly KeyOutcome[];
}

interface Count {
  calls: number;
  tokens: number;
}

interface KeyCount {
  readonly recorded: Count;
  readonly expected: Count;
}

/** Counts what was decided and what is decided in a trial. */
export class Tally {
  private readonly all = new Counts();
  private readonly models = new Map<string | undefined, Counts>();
  private readonly weights: ReadonlyMap<string, number>;
  private moved = 0;
  private unserved = 0;

  constructor(keys: readonly UpstreamKey[]) {
    this.weights = new Map(keys.map(({ id, weight }) => [id, weight]));
    for (const { id } of keys) this.all.of(id);
  }

  /** @param expected the key that would serve the call; undefined when none would. */
  add(decision: Decision, expected: string | undefined): void {
    const ofModel = this.models.get(decision.model) ?? new Counts();
    this.models.set(decision.model, ofModel);
    this.all.add(decision, expected);
    ofModel.add(decision, expected);
    if (expected === undefined) this.unserved += 1;
    else if (expected !== decision.key) this.moved += 1;
  }

  result(): { moved: number; unserved: number; keys: KeyOutcome[]; models: ModelOutcome[] } {
    const models = [...this.models]
      .sort(([, one], [, other]) => other.calls - one.calls)
      .slice(0, MODELS_LISTED)
      .map(([model, counts]) => ({
        model,
        calls: counts.calls,
        keys: counts.outcomes(this.weights).filter(takesPart),
      }));
    return { moved: this.moved, unserved: this.unserved, keys: this.all.outcomes(this.weights), models };
  }
}

class Counts {
  private readonly byKey = new Map<string, KeyCount>();
  /** Calls by their candidates: there are few different sets, each one array. */
  private readonly bySet = new Map<readonly string[], number>();
  private readonly recorded: Count = { calls: 0, tokens: 0 };
  private readonly expected: Count = { calls: 0, tokens: 0 };

  get calls(): number {
    return this.recorded.calls;
  }

  of(key: string): KeyCount {
    const count = this.byKey.get(key) ?? { recorded: { calls: 0, tokens: 0 }, expected: { calls: 0, tokens: 0 } };
    this.byKey.set(key, count);
    return count;
  }

  add({ key, candidates, inputTokens }: Decision, expected: string | undefined): void {
    this.bySet.set(candidates, (this.bySet.get(candidates) ?? 0) + 1);
    for (const count of [this.recorded, this.of(key).recorded]) grow(count, inputTokens);
    if (expected === undefined) return;
    for (const count of [this.expected, this.of(expected).expected]) grow(count, inputTokens);
  }

  outcomes(weights: ReadonlyMap<string, number>): KeyOutcome[] {
    const eligible = this.eligible();
    return [...this.byKey].map(([key, { recorded, expected }]) => ({
      key,
      weight: weights.get(key),
      eligible: eligible.get(key) ?? 0,
      recorded: portionOf(recorded, this.recorded),
      expected: portionOf(expected, this.expected),
    }));
  }

  private eligible(): ReadonlyMap<string, number> {
    const calls = new Map<string, number>();
    for (const [candidates, count] of this.bySet) {
      for (const key of candidates) calls.set(key, (calls.get(key) ?? 0) + count);
    }
    return calls;
  }
}

function grow(count: Count, tokens: number): void {
  count.calls += 1;
  count.tokens += tokens;
}

function portionOf({ calls, tokens }: Count, whole: Count): Portion {
  return { calls, share: ratio(calls, whole.calls), tokens, tokenShare: ratio(tokens, whole.tokens) };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function takesPart({ recorded, expected }: KeyOutcome): boolean {
  return recorded.calls > 0 || expected.calls > 0;
}
