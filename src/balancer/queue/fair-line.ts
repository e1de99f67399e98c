/** Whoever waits in a line. */
export interface Waiting {
  readonly caller: string;
}

/** A line in which callers take turns, however many each has waiting; of one caller's, who came first goes first. */
export class FairLine<W extends Waiting> {
  /** In the order of turns; no list is empty. */
  private readonly byCaller = new Map<string, W[]>();

  /** Whose turn it is. */
  get first(): W | undefined {
    const [waiters] = this.byCaller.values();
    return waiters?.[0];
  }

  join(waiter: W): void {
    const mine = this.byCaller.get(waiter.caller);
    if (mine) mine.push(waiter);
    else this.byCaller.set(waiter.caller, [waiter]);
  }

  /** Takes one out of the line; false when it is not in it. */
  leave(waiter: W): boolean {
    const mine = this.byCaller.get(waiter.caller) ?? [];
    const at = mine.indexOf(waiter);
    if (at < 0) return false;
    mine.splice(at, 1);
    if (mine.length === 0) this.byCaller.delete(waiter.caller);
    return true;
  }

  /** A caller has had its turn: the next one comes after those of all others. */
  turnOver(caller: string): void {
    const mine = this.byCaller.get(caller);
    if (!mine) return;
    this.byCaller.delete(caller);
    this.byCaller.set(caller, mine);
  }

  /** Of a caller's the one that came last. */
  lastOf(caller: string): W | undefined {
    return this.byCaller.get(caller)?.at(-1);
  }

  /** How many wait, by caller. */
  *counts(): Iterable<readonly [caller: string, count: number]> {
    for (const [caller, { length }] of this.byCaller) yield [caller, length];
  }
}
