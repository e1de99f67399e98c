/**
 * Why a scope rests: quota returns at its time; a quarantine is somebody's fault and ends when a probe finds the key
 * well; excluded is a model that the project does not have.
 */
export type RestKind = 'quota' | 'quarantine' | 'excluded';

/** A rest of a scope. */
export interface CoolDown {
  /** Epoch milliseconds: the end of the rest, or of a quarantine's time until the next probe. */
  readonly untilMs: number;
  readonly reason: string;
  readonly kind: RestKind;
  /** Rests in a row, for growing intervals. */
  readonly trips: number;
}

/** Epoch milliseconds until which a rest keeps its scope closed. A quarantine does until somebody ends it. */
export function closedUntilMs({ kind, untilMs }: CoolDown): number {
  return kind === 'quarantine' ? Infinity : untilMs;
}

/** Counts the changes of all scopes, so that who has looked at some need not look again while there was none. */
export interface ScopeChanges {
  count: number;
}

/** Something that can rest: a key, a project, a billing account, or a project's quota for one model. */
export class Scope {
  /** Epoch milliseconds until which nothing is sent; one number, since every choice of a key reads it. */
  closedUntilMs = 0;
  private rested: CoolDown | undefined;

  constructor(
    readonly name: string,
    private readonly changes: ScopeChanges,
  ) {}

  /** The last rest, which may be over. */
  get coolDown(): CoolDown | undefined {
    return this.rested;
  }

  /** The rest at a time; undefined when the scope does not rest. */
  restAt(nowMs: number): CoolDown | undefined {
    return this.closedUntilMs > nowMs ? this.rested : undefined;
  }

  /** Lets calls try again; the rest stays known, so that a relapse is longer. */
  reopen(): void {
    this.changes.count += 1;
    this.closedUntilMs = 0;
  }

  /** Takes a rest, or ends it. */
  rest(coolDown: CoolDown | undefined): void {
    this.changes.count += 1;
    this.rested = coolDown;
    this.closedUntilMs = coolDown ? closedUntilMs(coolDown) : 0;
  }
}
