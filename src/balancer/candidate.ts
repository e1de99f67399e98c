import type { KeyLoad } from './health/key-load.js';
import type { Scope } from './health/scope.js';
import type { UpstreamKey } from './keys/upstream-key.js';
import type { Bucket } from './quota/bucket.js';

/** The scopes in which a key may rest for one kind of call. */
export interface CandidateScopes {
  readonly key: Scope;
  readonly project: Scope;
  readonly billing_account: Scope;
  readonly bucket: Scope;
}

/** A key that may serve one kind of call, with all that decides whether it does: found once, read by every call. */
export class Candidate {
  constructor(
    readonly key: UpstreamKey,
    /** Its place among the candidates of its pool. */
    readonly index: number,
    /** The effective weight; 0 is picked only when nothing else is left. */
    readonly weight: number,
    readonly scopes: CandidateScopes,
    readonly bucket: Bucket,
    readonly load: KeyLoad,
  ) {}

  /** Whether a call of so many input tokens may be sent now. */
  isOpen(nowMs: number, inputTokens: number): boolean {
    const { key, project, billing_account: billing, bucket } = this.scopes;
    return (
      key.closedUntilMs <= nowMs &&
      project.closedUntilMs <= nowMs &&
      billing.closedUntilMs <= nowMs &&
      bucket.closedUntilMs <= nowMs &&
      this.bucket.hasRoom(nowMs, inputTokens) &&
      this.key.isValidAt(nowMs)
    );
  }

  /**
   * Epoch milliseconds from which such a call may be sent; Infinity when no time is known. Only quota has a time: what is
   * quarantined returns when a probe says so.
   */
  opensAtMs(nowMs: number, inputTokens: number): number {
    const { key, project, billing_account: billing, bucket } = this.scopes;
    const restsUntilMs = Math.max(
      key.closedUntilMs,
      project.closedUntilMs,
      billing.closedUntilMs,
      bucket.closedUntilMs,
    );
    if (bucket.restAt(nowMs)?.kind === 'excluded' || !this.key.isValidAt(nowMs)) return Infinity;
    return Math.max(nowMs, restsUntilMs, this.bucket.roomAtMs(nowMs, inputTokens));
  }
}
