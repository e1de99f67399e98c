import type { UpstreamKey } from '../upstream-key.js';

/** A way to choose among keys that could all serve a call. */
export interface Strategy {
  /** One of the candidates; undefined only when there is none. */
  pick(candidates: readonly UpstreamKey[]): UpstreamKey | undefined;
}
