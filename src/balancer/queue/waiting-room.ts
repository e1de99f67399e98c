import type { Cancel, Clock } from '../../kernel/clock.js';

/** What a line waits for. */
export interface Line<T, R> {
  /** Takes the next free thing for whoever is first; undefined when none is free. */
  take(waiter: T): R | undefined;
  /** Epoch milliseconds at which something may become free for a waiter. */
  freeAtMs(waiter: T): number;
}

interface Waiter<T, R> {
  readonly caller: string;
  readonly wants: T;
  readonly serve: (result: R | 'refused') => void;
  stop: Cancel;
}

interface Queue<T, R> {
  readonly line: Line<T, R>;
  /** By caller, in the order of turns; each caller's waiters first come, first served. */
  readonly callers: Map<string, Waiter<T, R>[]>;
  stop: Cancel | undefined;
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

/** A time is checked again after at most so long: quota may come back early. */
const RECHECK_MS = 1_000;

/** Nor more often than this, when nobody knows what keeps it. */
const RECHECK_MIN_MS = 20;

/**
 * Where calls wait for what is used up: bounded, and fair between callers, who take turns however many calls each has
 * waiting. Nobody overtakes: while a line stands, newcomers join it.
 */
export class WaitingRoom<T, R> {
  private readonly queues = new Map<string, Queue<T, R>>();
  private count = 0;

  constructor(private readonly clock: Clock) {}

  /** How many wait. */
  get size(): number {
    return this.count;
  }

  hasLine(lineName: string): boolean {
    return this.queues.has(lineName);
  }

  /** Resolves with what was waited for; undefined when the time was up, there was no room, or the waiter left. */
  wait(line: Line<T, R>, stay: Stay<T>): Promise<R | undefined> {
    if (!this.makeRoom(stay)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const queue = this.queue(stay.lineName, line);
      const waiter: Waiter<T, R> = {
        caller: stay.caller,
        wants: stay.wants,
        serve: (result) => {
          waiter.stop();
          resolve(result === 'refused' ? undefined : result);
        },
        stop: () => undefined,
      };
      this.join(queue, waiter);
      const leave = (): void => {
        if (this.drop(stay.lineName, queue, waiter)) waiter.serve('refused');
      };
      waiter.stop = this.clock.after(stay.maxWaitMs, leave);
      stay.onLeave?.(leave);
      this.schedule(stay.lineName, queue);
    });
  }

  /** Something may be free: serves whoever can be served. */
  wake(): void {
    for (const [name, queue] of [...this.queues]) this.serve(name, queue);
  }

  private queue(name: string, line: Line<T, R>): Queue<T, R> {
    let queue = this.queues.get(name);
    if (!queue) {
      queue = { line, callers: new Map(), stop: undefined };
      this.queues.set(name, queue);
    }
    return queue;
  }

  private join({ callers }: Queue<T, R>, waiter: Waiter<T, R>): void {
    this.count += 1;
    const mine = callers.get(waiter.caller);
    if (mine) mine.push(waiter);
    else callers.set(waiter.caller, [waiter]);
  }

  private drop(name: string, queue: Queue<T, R>, waiter: Waiter<T, R>): boolean {
    const mine = queue.callers.get(waiter.caller);
    const at = mine?.indexOf(waiter) ?? -1;
    if (!mine || at < 0) return false;
    mine.splice(at, 1);
    this.count -= 1;
    if (mine.length === 0) queue.callers.delete(waiter.caller);
    if (queue.callers.size === 0) this.close(name, queue);
    return true;
  }

  /** Serves the callers in turn until one cannot be served; who was served goes to the end of the turns. */
  private serve(name: string, queue: Queue<T, R>): void {
    for (let next = first(queue); next; next = first(queue)) {
      const result = queue.line.take(next.wants);
      if (result === undefined) break;
      const mine = queue.callers.get(next.caller) ?? [];
      this.drop(name, queue, next);
      if (mine.length > 0) {
        queue.callers.delete(next.caller);
        queue.callers.set(next.caller, mine);
      }
      next.serve(result);
    }
    if (queue.callers.size > 0) this.schedule(name, queue);
  }

  private schedule(name: string, queue: Queue<T, R>): void {
    const next = first(queue);
    if (!next) return;
    queue.stop?.();
    const inMs = queue.line.freeAtMs(next.wants) - this.clock.now();
    queue.stop = this.clock.after(Math.min(RECHECK_MS, Math.max(RECHECK_MIN_MS, inMs)), () => {
      this.serve(name, queue);
    });
  }

  private close(name: string, queue: Queue<T, R>): void {
    queue.stop?.();
    this.queues.delete(name);
  }

  /** Makes room for one more; false when the newcomer's own caller has the most waiting. */
  private makeRoom({ maxSize, caller }: Stay<T>): boolean {
    if (this.count < maxSize) return true;
    if (maxSize === 0) return false;
    const counts = this.countsByCaller();
    const [longest, most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    if (most <= (counts.get(caller) ?? 0) + 1) return false;
    return this.refuseYoungest(longest);
  }

  private countsByCaller(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { callers } of this.queues.values()) {
      for (const [caller, waiters] of callers) counts.set(caller, (counts.get(caller) ?? 0) + waiters.length);
    }
    return counts;
  }

  private refuseYoungest(caller: string): boolean {
    for (const [name, queue] of this.queues) {
      const youngest = queue.callers.get(caller)?.at(-1);
      if (youngest && this.drop(name, queue, youngest)) {
        youngest.serve('refused');
        return true;
      }
    }
    return false;
  }
}

function first<T, R>({ callers }: Queue<T, R>): Waiter<T, R> | undefined {
  const [waiters] = callers.values();
  return waiters?.[0];
}
