import { type BackoffLimits, ceilingMs } from '../../kernel/resilience/backoff.js';
import { closedUntilMs, type CoolDown, type RestKind, Scope, type ScopeChanges } from './scope.js';
import { isOfModel } from './scopes.js';

/** Names of models come from callers: beyond this many scopes, buckets that do not rest are forgotten. */
const SCOPES_MAX = 10_000;

type Listener = (scope: Scope) => void;

/** Every key, project, billing account and bucket by the name of its scope, with the rest that it takes. */
export class CoolDowns {
  /** Grows with every rest that begins, changes or ends. */
  readonly changes: ScopeChanges = { count: 0 };
  private readonly byName = new Map<string, Scope>();

  /** `onChange` hears of every scope whose rest began, grew or ended. */
  constructor(private readonly onChange: Listener = () => undefined) {}

  /** The scope of a name; the same object for as long as somebody may rest it. */
  scope(name: string): Scope {
    const known = this.byName.get(name);
    if (known) return known;
    if (this.byName.size >= SCOPES_MAX) this.forgetIdle();
    const scope = new Scope(name, this.changes);
    this.byName.set(name, scope);
    return scope;
  }

  /** Rests a scope until a time; a rest that ends later already is kept. */
  until(scope: Scope, untilMs: number, kind: RestKind, reason: string): void {
    this.set(scope, { untilMs, reason, kind, trips: (scope.coolDown?.trips ?? 0) + 1 });
  }

  /** Rests a scope, longer with every repetition; a rest that ends later already is kept. */
  escalate(scope: Scope, nowMs: number, limits: BackoffLimits, kind: RestKind, reason: string): void {
    const resting = scope.restAt(nowMs);
    // Calls that were under way together fail together: that is one trip, not many.
    const trips = resting ? resting.trips : (scope.coolDown?.trips ?? 0) + 1;
    this.set(scope, { untilMs: nowMs + ceilingMs(limits, trips), reason, kind, trips });
  }

  /** Keeps a resting scope closed for the next, longer interval. */
  prolong(scope: Scope, nowMs: number, limits: BackoffLimits): void {
    const { coolDown } = scope;
    if (!coolDown) return;
    const trips = coolDown.trips + 1;
    this.set(scope, { ...coolDown, trips, untilMs: nowMs + ceilingMs(limits, trips) });
  }

  /**
   * Forgets a rest that is over, when its scope proved well. One that still lasts stays: the good answer belongs to a
   * call that was sent before.
   */
  forgive(scope: Scope, nowMs: number): void {
    if (scope.coolDown && !scope.restAt(nowMs)) this.clear(scope);
  }

  /** Ends a rest at once. */
  clear(scope: Scope): void {
    if (!scope.coolDown) return;
    scope.rest(undefined);
    this.onChange(scope);
  }

  /** Ends rests of a kind: what excluded a model may have been mended. */
  clearKind(kind: RestKind): void {
    for (const scope of this.byName.values()) {
      if (scope.coolDown?.kind === kind) this.clear(scope);
    }
  }

  /** Every scope that was ever spoken of. */
  known(): Scope[] {
    return [...this.byName.values()];
  }

  private set(scope: Scope, coolDown: CoolDown): void {
    if (scope.closedUntilMs > closedUntilMs(coolDown)) return;
    scope.rest(coolDown);
    // It may have been forgotten while it was idle.
    this.byName.set(scope.name, scope);
    this.onChange(scope);
  }

  private forgetIdle(): void {
    for (const [name, scope] of this.byName) {
      if (!scope.coolDown && isOfModel(name)) this.byName.delete(name);
    }
  }
}
