import type { Cancel, Clock } from '../../kernel/clock.js';
import { FairLine } from './fair-line.js';

/** What is waited for. */
export interface Supply<T, R> {
  /** Takes the next free thing for a waiter; undefined when none is free. */
  take(wants: T): R | undefined;
  /** Epoch milliseconds at which something becomes free for a waiter; Infinity when no time is known. */
  freeAtMs(wants: T): number;
}

/** How a caller waits. */
export interface Stay<T> {
  /** Waiters of one name want the same things. */
  readonly lineName: string;
  readonly caller: string;
  readonly wants: T;
  readonly maxWaitMs: number;
  /** Waiters in the whole room; one more sends away the youngest of the caller that has the most. */
  readonly maxSize: number;
  /** Calls its argument when the waiter leaves. */
  readonly onLeave?: (leave: () => void) => void;
}

interface Waiter<T, R> extends Stay<T> {
  /** Grows with every arrival. */
  readonly number: number;
  /** Monotonic milliseconds. */
  readonly untilMs: number;
  readonly resolve: (result: R | undefined) => void;
  stop: Cancel;
}

interface Line<T, R> {
  readonly name: string;
  readonly waiters: FairLine<Waiter<T, R>>;
  /** Epoch milliseconds at which something becomes free for its first waiter. */
  freeAtMs: number;
}

/** A time is checked again after at most so long: what is waited for may come back early. */
const RECHECK_MS = 1_000;

/**
 * Where calls wait for what is used up: bounded, and fair between callers, who take turns however many calls each has
 * waiting. Nobody overtakes: while a line stands, newcomers join it. Lines that want the same take turns, too. Nobody
 * waits in vain: who cannot be served before its time is up is sent away as soon as that is known.
 */
export class WaitingRoom<T, R> {
  /** In the order of turns. */
  private readonly lines = new Map<string, Line<T, R>>();
  private count = 0;
  private arrivals = 0;
  private stop: Cancel = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly supply: Supply<T, R>,
  ) {}

  /** How many wait. */
  get size(): number {
    return this.count;
  }

  hasLine(lineName: string): boolean {
    return this.lines.has(lineName);
  }

  /**
   * Resolves with what was waited for; undefined when it did not come in time, or will not, when there was no room, or
   * when the waiter left.
   */
  wait(stay: Stay<T>): Promise<R | undefined> {
    if (!this.makeRoom(stay)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.arrivals += 1;
      const untilMs = this.clock.monotonic() + stay.maxWaitMs;
      const waiter: Waiter<T, R> = { ...stay, number: this.arrivals, untilMs, resolve, stop: () => undefined };
      const leave = (): void => {
        this.refuse(waiter);
      };
      waiter.stop = this.clock.after(stay.maxWaitMs, leave);
      this.join(waiter);
      stay.onLeave?.(leave);
    });
  }

  /** Something may be free: serves whoever can be served. */
  wake(): void {
    let served = [...this.lines.values()];
    while (served.length > 0) served = served.filter((line) => this.serveFirst(line));
    this.schedule();
  }

  private join(waiter: Waiter<T, R>): void {
    this.count += 1;
    const standing = this.lines.get(waiter.lineName);
    if (standing) {
      standing.waiters.join(waiter);
      return;
    }
    const line = { name: waiter.lineName, waiters: new FairLine<Waiter<T, R>>(), freeAtMs: 0 };
    line.waiters.join(waiter);
    this.lines.set(line.name, line);
    this.serveFirst(line);
    this.schedule();
  }

  /** Serves the first one of a line, if something is free for it; true when one was served. */
  private serveFirst(line: Line<T, R>): boolean {
    for (let { first } = line.waiters; first; { first } = line.waiters) {
      const result = this.supply.take(first.wants);
      if (result !== undefined) {
        this.dismiss(line, first, result);
        this.turnOver(line, first.caller);
        return true;
      }
      line.freeAtMs = this.supply.freeAtMs(first.wants);
      if (line.freeAtMs - this.clock.now() <= first.untilMs - this.clock.monotonic()) return false;
      this.dismiss(line, first, undefined);
    }
    return false;
  }

  /** Sends a waiter away; whoever is first then may want less. */
  private refuse(waiter: Waiter<T, R>): void {
    const line = this.lines.get(waiter.lineName);
    if (!line) return;
    const { first } = line.waiters;
    if (!this.dismiss(line, waiter, undefined) || waiter !== first) return;
    this.serveFirst(line);
    this.schedule();
  }

  private dismiss(line: Line<T, R>, waiter: Waiter<T, R>, result: R | undefined): boolean {
    if (!line.waiters.leave(waiter)) return false;
    this.count -= 1;
    if (!line.waiters.first) this.lines.delete(line.name);
    waiter.stop();
    waiter.resolve(result);
    return true;
  }

  private turnOver(line: Line<T, R>, caller: string): void {
    line.waiters.turnOver(caller);
    if (this.lines.delete(line.name)) this.lines.set(line.name, line);
  }

  /** Looks again when something becomes free. */
  private schedule(): void {
    this.stop();
    if (this.lines.size === 0) return;
    const nowMs = this.clock.now();
    let inMs = RECHECK_MS;
    // What should be free by now and was not is kept by something of which no time is known.
    for (const { freeAtMs } of this.lines.values()) if (freeAtMs > nowMs) inMs = Math.min(inMs, freeAtMs - nowMs);
    this.stop = this.clock.after(inMs, () => {
      this.wake();
    });
  }

  /** Makes room for one more; false when the newcomer's own caller has the most waiting. */
  private makeRoom({ maxSize, caller }: Stay<T>): boolean {
    if (this.count < maxSize) return true;
    const counts = this.countsByCaller();
    const [longest, most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    if (most <= (counts.get(caller) ?? 0) + 1) return false;
    this.refuseYoungest(longest);
    return true;
  }

  private countsByCaller(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { waiters } of this.lines.values()) {
      for (const [caller, count] of waiters.counts()) counts.set(caller, (counts.get(caller) ?? 0) + count);
    }
    return counts;
  }

  private refuseYoungest(caller: string): void {
    const [youngest] = [...this.lines.values()]
      .flatMap(({ waiters }) => waiters.lastOf(caller) ?? [])
      .sort((one, other) => other.number - one.number);
    if (youngest) this.refuse(youngest);
  }
}
