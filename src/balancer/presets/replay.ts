import type { Clock } from '../../kernel/clock.js';
import { Candidate } from '../candidate.js';
import { KeyLoad } from '../health/key-load.js';
import { Scope } from '../health/scope.js';
import type { UpstreamKey } from '../keys/upstream-key.js';
import { atLeastOne, type Candidates } from '../pool.js';
import { Bucket } from '../quota/bucket.js';
import { createStrategy, type StrategyTools } from '../strategies/strategies.js';
import type { Strategy, StrategyName } from '../strategies/strategy.js';
import type { Decision } from './decision-log.js';

/** How long every replayed call is taken to last: strategies that look at calls under way need some. */
const CALL_MS = 3_000;

/** Any will do; the same one, so that the same trial has the same result. */
const SEED = 0x5eed;

interface CallUnderWay {
  readonly endsAtMs: number;
  readonly load: KeyLoad;
}

/** Decides recorded calls anew. Decisions must come in the order of their time. */
export class Replay {
  private readonly tools: StrategyTools;
  private readonly strategies = new Map<string, Strategy>();
  private readonly candidates: readonly Candidate[];
  private readonly openOf = new Map<readonly string[], Candidates | undefined>();
  private readonly underWay: CallUnderWay[] = [];
  private ended = 0;

  constructor(
    keys: readonly UpstreamKey[],
    private readonly strategy: StrategyName,
    clock: Clock,
  ) {
    this.tools = { clock, random: randomFrom(SEED) };
    this.candidates = keys.filter((key) => key.isInUse).map(toCandidate);
  }

  /** The key that serves the call; undefined when none of those that could is in use any more. */
  choose(decision: Decision): string | undefined {
    this.end(decision.atMs);
    const open = this.open(decision.candidates);
    if (!open) return undefined;
    const { key, load } = this.strategyOf(decision).pick(open);
    load.inFlight += 1;
    this.underWay.push({ endsAtMs: decision.atMs + CALL_MS, load });
    return key.id;
  }

  private end(nowMs: number): void {
    for (let call = this.underWay[this.ended]; call && call.endsAtMs <= nowMs; call = this.underWay[this.ended]) {
      call.load.inFlight -= 1;
      this.ended += 1;
    }
  }

  /** Those without weight only when there is no other, as in the pools of real calls. */
  private open(ids: readonly string[]): Candidates | undefined {
    if (!this.openOf.has(ids)) {
      const names = new Set(ids);
      const open = this.candidates.filter(({ key }) => names.has(key.id));
      this.openOf.set(ids, atLeastOne(open.filter(({ weight }) => weight > 0)) ?? atLeastOne(open));
    }
    return this.openOf.get(ids);
  }

  private strategyOf({ lane, model }: Decision): Strategy {
    const kind = `${lane}:${model ?? ''}`;
    const strategy = this.strategies.get(kind) ?? createStrategy(this.strategy, this.tools);
    this.strategies.set(kind, strategy);
    return strategy;
  }
}

/** Rests and quota were consulted when the decision was made: here nothing rests and everything has room. */
function toCandidate(key: UpstreamKey, index: number): Candidate {
  const changes = { count: 0 };
  const scope = new Scope(key.id, changes);
  const scopes = { key: scope, project: scope, billing_account: scope, bucket: scope, changes };
  const bucket = new Bucket(key.project, undefined, { own: {}, tier: {} });
  return new Candidate(key, index, key.weight, scopes, bucket, new KeyLoad());
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
