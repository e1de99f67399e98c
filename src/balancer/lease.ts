import type { Verdict } from '../kernel/gemini/verdict.js';
import type { UpstreamKey } from './upstream-key.js';

/** The right to use a key for one attempt; to be settled once, with what upstream said. */
export interface Lease {
  readonly key: UpstreamKey;
  settle(verdict: Verdict): void;
}

/** What a call needs of a key. */
export interface Wish {
  /** The model, without `models/`; undefined for calls that name none. */
  readonly model: string | undefined;
  /** Whether the call consumes the model: what it spends is shared out among keys apart from other calls. */
  readonly billable: boolean;
  /** The only key that will do, whatever its state: an upload ends where it began. */
  readonly pinnedKey?: string;
}
