import type { InputSize } from '../kernel/gemini/input-size.js';
import type { Verdict } from '../kernel/gemini/verdict.js';
import type { Warmth } from '../kernel/settled-exchange.js';
import type { UpstreamKey } from './keys/upstream-key.js';

/** The only place where a call can be served: what a project owns, no other project can see. */
export type Place =
  /** One key, whatever its state: an upload ends where it began. */
  | { readonly kind: 'key'; readonly key: string }
  /** Any key of the project that owns what the call is about. */
  | { readonly kind: 'project'; readonly project: string };

/** What a call spends: the model's minute and day quota, the quota of batch jobs, or nothing that is counted here. */
export type Lane = 'metered' | 'batch' | 'free';

/** What a call needs of a key. */
export interface Wish {
  /** Who calls: waiting calls take turns by caller. */
  readonly caller: string;
  /** The model as upstream knows it, without `models/`; undefined for calls that name none. */
  readonly model: string | undefined;
  /** Calls of different lanes are shared out among the keys apart from each other. */
  readonly lane: Lane;
  readonly input: InputSize;
  readonly place?: Place;
  /** Names the conversation or the beginning of the prompt: calls with the same one share a prompt cache. */
  readonly warmth?: string;
}

/**
 * The right to use a key for one attempt. Whoever holds it says what upstream answered and lets go of it when the answer
 * has ended.
 */
export interface Lease {
  readonly key: UpstreamKey;
  /** How a call with a warm prompt was placed; undefined for others. */
  readonly warmth: Warmth | undefined;
  /** What upstream said; an answer that turns bad on its way is heard twice. */
  heard(verdict: Verdict): void;
  /** The attempt is over; `inputTokens` as upstream counted them, where it told. Only the first call counts. */
  end(inputTokens?: number): void;
}

/** How long a call may wait for a lease. */
export interface Patience {
  readonly maxWaitMs: number;
  /** Calls its argument when the caller has left. */
  readonly onLeave: (leave: () => void) => void;
}
