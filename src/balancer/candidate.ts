import type { KeyLoad } from './health/key-load.js';
import type { Scope, ScopeChanges } from './health/scope.js';
import type { UpstreamKey } from './keys/upstream-key.js';
import type { Bucket } from './quota/bucket.js';

/** The scopes in which a key may rest for one kind of call. */
export interface CandidateScopes {
  readonly key: Scope;
  readonly project: Scope;
  readonly billing_account: Scope;
  readonly bucket: Scope;
  /** Tells whether any of them may have changed. */
  readonly changes: ScopeChanges;
}

/** A key that may serve one kind of call, with all that decides whether it does: found once, read by every call. */
export class Candidate {
  private seenChanges = -1;
  private closedUntilMs = 0;

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
    if (this.seenChanges !== this.scopes.changes.count) this.lookAtScopes();
    return this.closedUntilMs <= nowMs && this.bucket.hasRoom(nowMs, inputTokens) && this.key.isValidAt(nowMs);
  }

  /**
   * Epoch milliseconds from which such a call may be sent; Infinity when no time is known. Only quota has a time: what is
   * quarantined returns when a probe says so.
   */
  opensAtMs(nowMs: number, inputTokens: number): number {
    this.lookAtScopes();
    if (this.scopes.bucket.restAt(nowMs)?.kind === 'excluded' || !this.key.isValidAt(nowMs)) return Infinity;
    return Math.max(nowMs, this.closedUntilMs, this.bucket.roomAtMs(nowMs, inputTokens));
  }

  /** Sums the scopes up: every choice of a key asks every candidate, and rests are rare. */
  private lookAtScopes(): void {
    const { key, project, billing_account: billing, bucket } = this.scopes;
    this.seenChanges = this.scopes.changes.count;
    this.closedUntilMs = Math.max(
      key.closedUntilMs,
      project.closedUntilMs,
      billing.closedUntilMs,
      bucket.closedUntilMs,
    );
  }
}
