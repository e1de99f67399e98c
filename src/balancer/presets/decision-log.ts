import { Injectable } from '@nestjs/common';
import type { Candidate } from '../candidate.js';
import type { UpstreamKey } from '../keys/upstream-key.js';
import type { Lane, Wish } from '../lease.js';
import { Interned } from './interned.js';
import { add, KEYS_MAX, KeySlots, WORDS } from './key-slots.js';

/** Decisions that are kept; with more, the oldest goes. */
export const DECISIONS_MAX = 10_000;

/** Slots of keys are looked through at most once in so many decisions. */
const RECLAIM_INTERVAL = 1_000;

const TOKENS_MAX = 2 ** 32 - 1;

/** In the place of a slot when more keys are in use than can be told apart. */
const NOBODY = KEYS_MAX;

const LANES: readonly Lane[] = ['metered', 'batch', 'free'];

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
 * applied.
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
  /** Keys in the order in which candidates come, with their slots: most calls choose among some of the same. */
  private readonly known: UpstreamKey[] = [];
  private readonly knownSlots = new Uint16Array(KEYS_MAX);
  private recorded = 0;
  private reclaimFrom = 0;

  /**
   * Notes a decision. `candidates` are all keys that could have been chosen, those of weight 0 included: another preset
   * may give them some.
   */
  record(wish: Wish, chosen: Candidate, candidates: readonly Candidate[], inputTokens: number, nowMs: number): void {
    const row = this.recorded % DECISIONS_MAX;
    if (!this.collectKnown(row, candidates)) this.collect(row, candidates);
    if (this.recorded >= DECISIONS_MAX) this.modelNames.release(this.models[row] ?? 0);
    this.times[row] = nowMs;
    this.models[row] = this.modelNames.hold(wish.model ?? '');
    this.lanes[row] = LANES.indexOf(wish.lane);
    this.tokens[row] = Math.min(inputTokens, TOKENS_MAX);
    this.chosen[row] = this.slots.slotOf(chosen.key.id) ?? NOBODY;
    this.recorded += 1;
  }

  /** Decisions that are kept. */
  get size(): number {
    return Math.min(this.recorded, DECISIONS_MAX);
  }

  /** Models whose names are kept. */
  get modelCount(): number {
    return this.modelNames.size;
  }

  /** A copy of what is kept, the oldest first. Equal sets of candidates are one array. */
  decisions(): Decision[] {
    const first = this.recorded - this.size;
    const rows = Array.from({ length: this.size }, (_, index) => (first + index) % DECISIONS_MAX);
    const known = new Map<string, readonly string[]>();
    return rows.filter((row) => this.chosen[row] !== NOBODY).map((row) => this.decisionAt(row, known));
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

  /** Writes the set of a row; false when a candidate is not among the known keys, or comes out of their order. */
  private collectKnown(row: number, candidates: readonly Candidate[]): boolean {
    const { known, knownSlots, sets } = this;
    const first = row * WORDS;
    sets.fill(0, first, first + WORDS);
    let next = 0;
    for (const { key } of candidates) {
      while (next < known.length && known[next] !== key) next += 1;
      if (next === known.length) return false;
      add(sets, first, knownSlots[next] ?? 0);
      next += 1;
    }
    return true;
  }

  private collect(row: number, candidates: readonly Candidate[]): void {
    const first = row * WORDS;
    this.sets.fill(0, first, first + WORDS);
    this.known.length = 0;
    for (const { key } of candidates) {
      const slot = this.slots.slotOf(key.id) ?? this.slotAfterReclaim(key.id);
      if (slot === undefined) continue;
      add(this.sets, first, slot);
      this.knownSlots[this.known.length] = slot;
      this.known.push(key);
    }
  }

  /**
   * Keys come and go with the configuration: slots of those that no kept decision knows are given to others. The row that
   * is being written counts as kept.
   */
  private slotAfterReclaim(id: string): number | undefined {
    if (this.recorded < this.reclaimFrom) return undefined;
    this.reclaimFrom = this.recorded + RECLAIM_INTERVAL;
    const used = new Uint32Array(WORDS);
    this.sets.forEach((word, index) => {
      used[index % WORDS] = (used[index % WORDS] ?? 0) | word;
    });
    this.slots.keepOnly(used);
    return this.slots.slotOf(id);
  }
}
