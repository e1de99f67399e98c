import { type BackoffLimits, ceilingMs } from '../kernel/resilience/backoff.js';

/** Why a scope rests: quota returns by itself; quarantine is somebody's fault and ends in a trial. */
export type RestKind = 'quota' | 'quarantine';

/** A scope that rests until a time. */
export interface CoolDown {
  /** Epoch milliseconds; Infinity when only a change of configuration ends it. */
  readonly untilMs: number;
  readonly reason: string;
  readonly kind: RestKind;
  /** Rests in a row, for growing intervals. */
  readonly trips: number;
}

/** Names of models come from callers: beyond this many scopes the oldest bucket is forgotten. */
const SCOPES_MAX = 10_000;

/** Every key, project, billing account and bucket that rests, by the name of the scope. */
export class CoolDowns {
  private readonly byScope = new Map<string, CoolDown>();

  /** Rests a scope until a time; a rest that ends later already is kept. */
  until(scope: string, untilMs: number, kind: RestKind, reason: string): void {
    const before = this.byScope.get(scope);
    const trips = (before?.trips ?? 0) + 1;
    this.keep(scope, { untilMs: Math.max(untilMs, before?.untilMs ?? 0), reason, kind, trips });
  }

  /** Rests a scope, longer with every repetition. */
  escalate(scope: string, nowMs: number, limits: BackoffLimits, kind: RestKind, reason: string): void {
    const resting = this.at(scope, nowMs);
    // Calls that were under way together fail together: that is one trip, not many.
    const trips = resting ? resting.trips : (this.byScope.get(scope)?.trips ?? 0) + 1;
    const untilMs = Math.max(nowMs + ceilingMs(limits, trips), resting?.untilMs ?? 0);
    this.keep(scope, { untilMs, reason, kind, trips });
  }

  /** The rest of a scope at a time; undefined when it does not rest. */
  at(scope: string, nowMs: number): CoolDown | undefined {
    const coolDown = this.byScope.get(scope);
    return coolDown && coolDown.untilMs > nowMs ? coolDown : undefined;
  }

  /**
   * Forgets a rest that is over, when its scope proved well. One that still lasts stays: the good answer belongs to a
   * call that was sent before.
   */
  forgive(scope: string, nowMs: number): void {
    const coolDown = this.byScope.get(scope);
    if (coolDown && coolDown.untilMs <= nowMs) this.byScope.delete(scope);
  }

  /** Ends the rests that have no end of their own: what excluded a model may have been mended. */
  clearEndless(): void {
    for (const [scope, { untilMs }] of this.byScope) {
      if (untilMs === Infinity) this.byScope.delete(scope);
    }
  }

  /** Ends a rest at once. */
  clear(scope: string): void {
    this.byScope.delete(scope);
  }

  private keep(scope: string, coolDown: CoolDown): void {
    if (this.byScope.size >= SCOPES_MAX && !this.byScope.has(scope)) {
      const oldest = [...this.byScope.keys()].find((known) => known.startsWith('bucket:'));
      if (oldest !== undefined) this.byScope.delete(oldest);
    }
    this.byScope.set(scope, coolDown);
  }

  /** True when nothing rests and nothing did: the common case, which costs one comparison. */
  get isEmpty(): boolean {
    return this.byScope.size === 0;
  }
}
