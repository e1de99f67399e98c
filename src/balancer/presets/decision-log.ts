import { Injectable } from '@nestjs/common';
import type { Candidate } from '../candidate.js';
import type { UpstreamKey } from '../keys/upstream-key.js';
import type { Lane, Wish } from '../lease.js';
import { Interned } from './interned.js';
import { add, KeySlots, WORDS } from './key-slots.js';

/** Decisions that are kept; with more, the oldest goes. */
export const DECISIONS_MAX = 10_000;

/** Slots of keys are looked through at most once in so many decisions. */
const RECLAIM_INTERVAL = 1_000;

const TOKENS_MAX = 2 ** 32 - 1;

const LANES = ['metered', 'batch', 'free'] as const satisfies readonly Lane[];

/** Which key a call was given to, and which it could have been given to. */
export interface Decision {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly model: string | undefined;
  readonly lane: Lane;
  /** As estimated before the call. */
  readonly inputTokens: number;
  readonly key: string;
  readonly candidates: readonly string[];
}

/**
 * The last decisions of the balancer, in fixed memory: what a preset would have made of them can be tried before it is
 * applied. Recording costs one comparison for each candidate while the same ones are open.
 */
@Injectable()
export class DecisionLog {
  private readonly times = new Float64Array(DECISIONS_MAX);
  private readonly models = new Uint16Array(DECISIONS_MAX);
  private readonly lanes = new Uint8Array(DECISIONS_MAX);
  private readonly tokens = new Uint32Array(DECISIONS_MAX);
  private readonly chosen = new Uint16Array(DECISIONS_MAX);
  private readonly sets = new Uint32Array(DECISIONS_MAX * WORDS);
  private readonly modelNames = new Interned();
  private readonly slots = new KeySlots();
  private readonly set = new Uint32Array(WORDS);
  /** The keys of `set`: usually the next call may choose among the same. */
  private readonly setKeys: UpstreamKey[] = [];
  private recorded = 0;
  private reclaimFrom = 0;

  /**
   * Notes a decision. `candidates` are all keys that could have been chosen, those of weight 0 included: another preset
   * may give them some. Nothing is noted of a key when more keys are in use than can be told apart.
   */
  record(wish: Wish, chosen: Candidate, candidates: readonly Candidate[], inputTokens: number, nowMs: number): void {
    if (!this.isSameSet(candidates)) this.collect(candidates);
    const slot = this.slots.slotOf(chosen.key.id);
    if (slot === undefined) return;
    const row = this.recorded % DECISIONS_MAX;
    if (this.recorded >= DECISIONS_MAX) this.modelNames.release(this.models[row] ?? 0);
    this.times[row] = nowMs;
    this.models[row] = this.modelNames.hold(wish.model ?? '');
    this.lanes[row] = LANES.indexOf(wish.lane);
    this.tokens[row] = Math.min(inputTokens, TOKENS_MAX);
    this.chosen[row] = slot;
    this.sets.set(this.set, row * WORDS);
    this.recorded += 1;
  }

  get size(): number {
    return Math.min(this.recorded, DECISIONS_MAX);
  }

  /** A copy of what is kept, the oldest first. Equal sets of candidates are one array. */
  decisions(): Decision[] {
    const first = this.recorded - this.size;
    const known = new Map<string, readonly string[]>();
    return Array.from({ length: this.size }, (_, index) => this.decisionAt((first + index) % DECISIONS_MAX, known));
  }

  private decisionAt(row: number, known: Map<string, readonly string[]>): Decision {
    const model = this.modelNames.text(this.models[row] ?? 0);
    return {
      atMs: this.times[row] ?? 0,
      model: model === '' ? undefined : model,
      lane: LANES[this.lanes[row] ?? 0] ?? 'metered',
      inputTokens: this.tokens[row] ?? 0,
      key: this.slots.idAt(this.chosen[row] ?? 0),
      candidates: this.candidatesAt(row, known),
    };
  }

  private candidatesAt(row: number, known: Map<string, readonly string[]>): readonly string[] {
    const set = this.sets.subarray(row * WORDS, (row + 1) * WORDS);
    const name = set.join();
    const ids = known.get(name) ?? this.slots.idsOf(set);
    known.set(name, ids);
    return ids;
  }

  private isSameSet(candidates: readonly Candidate[]): boolean {
    const { setKeys } = this;
    if (candidates.length !== setKeys.length) return false;
    for (let index = 0; index < setKeys.length; index += 1) {
      if (candidates[index]?.key !== setKeys[index]) return false;
    }
    return true;
  }

  private collect(candidates: readonly Candidate[]): void {
    this.set.fill(0);
    this.setKeys.length = 0;
    for (const { key } of candidates) {
      const slot = this.slots.slotOf(key.id) ?? this.slotAfterReclaim(key.id);
      if (slot !== undefined) add(this.set, slot);
      this.setKeys.push(key);
    }
  }

  /** Keys come and go with the configuration: slots of those that no kept decision knows are given to others. */
  private slotAfterReclaim(id: string): number | undefined {
    if (this.recorded < this.reclaimFrom) return undefined;
    this.reclaimFrom = this.recorded + RECLAIM_INTERVAL;
    const used = this.set.slice();
    for (let word = 0; word < this.size * WORDS; word += 1) {
      used[word % WORDS] = (used[word % WORDS] ?? 0) | (this.sets[word] ?? 0);
    }
    this.slots.keepOnly(used);
    return this.slots.slotOf(id);
  }
}
