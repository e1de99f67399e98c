import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Stay, WaitingRoom } from '../../../src/balancer/queue/waiting-room.js';
import { ManualClock } from '../../support/manual-clock.js';

interface Want {
  readonly caller: string;
  readonly line: string;
  readonly number: number;
}

/** A room before a shop with a stock, and what it saw. */
class Shop {
  readonly clock = new ManualClock();
  readonly served: Want[] = [];
  /** Results in the order in which they were told; `refused` stands for nothing. */
  readonly told: (readonly [number: number, result: 'served' | 'refused'])[] = [];
  readonly leave = new Map<number, () => void>();
  /** Who was served although it was somebody else's turn. */
  readonly unfair: Want[] = [];
  private readonly present = new Map<number, Want>();
  private readonly turns = new Map<string, { readonly turn: number; readonly arrivals: number }>();
  readonly room: WaitingRoom<Want, 'served'>;
  /** Of these calls no thing is of use. */
  readonly demanding = new Set<number>();
  stock = 0;
  opensInMs = 500;
  private arrivals = 0;

  constructor(private readonly maxSize = 100) {
    this.room = new WaitingRoom<Want, 'served'>(this.clock, {
      take: (want) => this.sell(want),
      freeAtMs: () => this.clock.now() + this.opensInMs,
    });
  }

  /** Somebody comes; the number by which the rest is told. */
  come(caller: string, line = 'line', maxWaitMs = 10_000): number {
    this.arrivals += 1;
    const number = this.arrivals;
    const stay: Stay<Want> = {
      lineName: line,
      caller,
      wants: { caller, line, number },
      maxWaitMs,
      maxSize: this.maxSize,
      onLeave: (leave) => this.leave.set(number, leave),
    };
    this.present.set(number, stay.wants);
    void this.room.wait(stay).then((result) => {
      this.told.push([number, result ?? 'refused']);
      this.present.delete(number);
    });
    return number;
  }

  /** So many things come into stock. */
  deliver(count: number): void {
    this.stock += count;
    this.room.wake();
  }

  get everybody(): number[] {
    return Array.from({ length: this.arrivals }, (_, at) => at + 1);
  }

  get servedCallers(): string[] {
    return this.served.map(({ caller }) => caller);
  }

  private sell(want: Want): 'served' | undefined {
    if (this.stock === 0 || this.demanding.has(want.number)) return undefined;
    this.stock -= 1;
    if (!this.isTurnOf(want)) this.unfair.push(want);
    this.present.delete(want.number);
    this.served.push(want);
    this.turns.set(`${want.caller} ${want.line}`, { turn: this.served.length, arrivals: this.arrivals });
    return 'served';
  }

  /** Nobody of the same line has waited since the caller's last turn without having had one; nor an older call of its own. */
  private isTurnOf({ caller, line, number }: Want): boolean {
    const last = this.turns.get(`${caller} ${line}`) ?? { turn: 0, arrivals: 0 };
    return [...this.present.values()].every((other) => {
      if (other.line !== line) return true;
      if (other.caller === caller) return other.number >= number;
      const { turn } = this.turns.get(`${other.caller} ${line}`) ?? { turn: 0 };
      return other.number > last.arrivals || turn > last.turn;
    });
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('WaitingRoom', () => {
  it('lets callers take turns however many calls each has waiting, and serves each one\u2019s in order', () => {
    const shop = new Shop();
    for (const caller of ['greedy', 'greedy', 'greedy', 'modest', 'greedy', 'other']) shop.come(caller);
    shop.deliver(6);
    expect(shop.servedCallers).toEqual(['greedy', 'modest', 'other', 'greedy', 'greedy', 'greedy']);
    expect(shop.served.filter(({ caller }) => caller === 'greedy').map(({ number }) => number)).toEqual([1, 2, 3, 5]);
  });

  it('puts who has just been served behind all others, also when it comes again', () => {
    const shop = new Shop();
    shop.come('greedy');
    shop.come('modest');
    shop.deliver(1);
    shop.come('greedy');
    shop.deliver(1);
    expect(shop.servedCallers).toEqual(['greedy', 'modest']);
  });

  it('lets lines take turns that wait for the same', () => {
    const shop = new Shop();
    for (let i = 0; i < 3; i += 1) shop.come('greedy', 'anywhere');
    shop.come('modest', 'one project');
    shop.deliver(1);
    shop.deliver(1);
    expect(shop.servedCallers).toEqual(['greedy', 'modest']);
  });

  it('serves when the time comes that was told', async () => {
    const shop = new Shop();
    shop.come('a');
    shop.stock = 1;
    shop.clock.advance(499);
    expect(shop.servedCallers).toEqual([]);
    shop.clock.advance(1);
    await settled();
    expect(shop.told).toEqual([[1, 'served']]);
    expect([shop.room.size, shop.clock.pending]).toEqual([0, 0]);
  });

  it('looks again within a second: what is waited for may come back early', () => {
    const shop = new Shop();
    shop.opensInMs = 8_000;
    shop.come('a');
    shop.stock = 1;
    shop.clock.advance(1_000);
    expect(shop.servedCallers).toEqual(['a']);
  });

  it('does not look all the time for what should be free and is not', () => {
    const shop = new Shop();
    shop.opensInMs = 0;
    shop.come('a');
    shop.stock = 1;
    shop.clock.advance(999);
    expect(shop.servedCallers).toEqual([]);
    shop.clock.advance(1);
    expect(shop.servedCallers).toEqual(['a']);
  });

  it('sends away at once who would wait in vain, and goes on with those that have more patience', async () => {
    const shop = new Shop();
    shop.opensInMs = 4_000;
    shop.come('hasty', 'line', 1_000);
    shop.come('patient', 'line', 5_000);
    await settled();
    expect(shop.told).toEqual([[1, 'refused']]);
    shop.opensInMs = Infinity;
    shop.room.wake();
    await settled();
    expect(shop.told).toEqual([
      [1, 'refused'],
      [2, 'refused'],
    ]);
  });

  it('sends away whose time is up or who leaves, and lets the next one be first', async () => {
    const shop = new Shop();
    const [first, second] = [shop.come('a'), shop.come('b')];
    shop.leave.get(first)!();
    shop.leave.get(first)!();
    expect(shop.room.size).toBe(1);
    shop.clock.advance(10_000);
    await settled();
    expect(shop.told).toEqual([
      [first, 'refused'],
      [second, 'refused'],
    ]);
    expect([shop.room.size, shop.room.hasLine('line'), shop.clock.pending]).toEqual([0, false, 0]);
  });

  it('serves the next one as soon as the first, for whom nothing was of use, has left', () => {
    const shop = new Shop();
    const first = shop.come('a');
    shop.come('b');
    shop.demanding.add(first);
    shop.deliver(1);
    expect(shop.servedCallers).toEqual([]);
    shop.leave.get(first)!();
    expect(shop.servedCallers).toEqual(['b']);
    expect(shop.clock.pending).toBe(0);
  });

  it('makes room for a modest caller by sending away the youngest of the one that has most', async () => {
    const shop = new Shop(3);
    for (const line of ['x', 'y', 'x']) shop.come('greedy', line);
    shop.come('modest');
    await settled();
    expect(shop.told).toEqual([[3, 'refused']]);
    shop.come('greedy');
    await settled();
    expect(shop.told).toEqual([
      [3, 'refused'],
      [5, 'refused'],
    ]);
    expect(shop.room.size).toBe(3);
  });

  it('lets nobody wait where no waiting is allowed', async () => {
    const shop = new Shop(0);
    shop.come('a');
    await settled();
    expect(shop.told).toEqual([[1, 'refused']]);
  });
});

describe('WaitingRoom, whatever happens', () => {
  const callers = fc.constantFrom('a', 'b', 'c', 'd');
  const lines = fc.constantFrom('x', 'y');
  const events = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.tuple(callers, lines).map((who) => (shop: Shop) => void shop.come(...who)) },
      {
        weight: 2,
        arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => (shop: Shop) => {
          shop.deliver(count);
        }),
      },
      {
        weight: 1,
        arbitrary: fc.nat({ max: 3_000 }).map((ms) => (shop: Shop) => {
          shop.clock.advance(ms);
        }),
      },
      { weight: 1, arbitrary: fc.nat({ max: 40 }).map((number) => (shop: Shop) => shop.leave.get(number)?.()) },
    ),
    { maxLength: 80 },
  );
  const SIZE = 6;

  it('tells everybody once, keeps its size, and serves callers in turn and each one\u2019s calls in order', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (happening) => {
        const shop = new Shop(SIZE);
        for (const event of happening) {
          event(shop);
          expect(shop.room.size).toBeLessThanOrEqual(SIZE);
          await settled();
        }
        shop.clock.advance(11_000);
        await settled();
        expect([shop.room.size, shop.clock.pending, shop.unfair]).toEqual([0, 0, []]);
        expect(shop.told.map(([number]) => number).sort((a, b) => a - b)).toEqual(shop.everybody);
        const served = shop.told.filter(([, result]) => result === 'served').map(([number]) => number);
        expect(served).toEqual(shop.served.map(({ number }) => number));
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});
