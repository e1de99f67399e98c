import type { UpstreamKey } from '../upstream-key.js';

/** A way to choose among keys that could all serve a call. */
export interface Strategy {
  /**
   * One of the candidates; undefined only when there is none. `turn` names the kind of call: what spends the same quota
   * takes turns among itself, whatever other calls come between.
   */
  pick(candidates: readonly UpstreamKey[], turn: string): UpstreamKey | undefined;
}
