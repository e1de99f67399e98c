import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Breaker, type BreakerOptions } from '../../../src/kernel/resilience/breaker.js';

const OPTIONS: BreakerOptions = { failures: 3, window: 30_000, open: 10_000, max_open: 60_000, probes: 2 };

/** A breaker with calls that begin and end at once. */
class Watched {
  readonly breaker: Breaker;
  nowMs = 0;

  constructor(options: Partial<BreakerOptions> = {}) {
    this.breaker = new Breaker(() => ({ ...OPTIONS, ...options }));
  }

  fail(count = 1): void {
    for (let i = 0; i < count; i += 1) this.breaker.fail(this.breaker.enter(this.nowMs), this.nowMs);
  }

  succeed(count = 1): void {
    for (let i = 0; i < count; i += 1) this.breaker.succeed(this.breaker.enter(this.nowMs), this.nowMs);
  }

  get state(): string {
    return this.breaker.state(this.nowMs);
  }
}

describe('Breaker', () => {
  it('opens after so many failures, and says how long it stays so', () => {
    const watched = new Watched();
    watched.fail(2);
    expect(watched.state).toBe('closed');
    watched.fail();
    expect(watched.state).toBe('open');
    expect(watched.breaker.allows(watched.nowMs)).toBe(false);
    expect(watched.breaker.opensInMs(4_000)).toBe(6_000);
  });

  it('stays closed while at least half of the calls do well', () => {
    const watched = new Watched();
    watched.succeed(10);
    watched.fail(9);
    expect(watched.state).toBe('closed');
    watched.fail();
    expect(watched.state).toBe('open');
  });

  it('forgets failures when their window is over', () => {
    const watched = new Watched();
    watched.fail(2);
    watched.nowMs = 30_000;
    watched.fail(2);
    expect(watched.state).toBe('closed');
  });

  it('lets trial calls pass after its pause, and all calls when these did well', () => {
    const watched = new Watched();
    watched.fail(3);
    watched.nowMs = 10_000;
    const trials = [watched.breaker.enter(10_000), watched.breaker.enter(10_000)];
    expect([watched.state, watched.breaker.allows(10_000)]).toEqual(['half_open', false]);
    for (const era of trials) watched.breaker.succeed(era, 10_000);
    expect([watched.state, watched.breaker.allows(10_000)]).toEqual(['closed', true]);
  });

  it('opens for twice as long after each failed trial, up to its bound', () => {
    const watched = new Watched();
    watched.fail(3);
    const pauses: number[] = [];
    for (let trip = 0; trip < 5; trip += 1) {
      pauses.push(watched.breaker.opensInMs(watched.nowMs));
      watched.nowMs += watched.breaker.opensInMs(watched.nowMs);
      watched.fail();
    }
    expect(pauses).toEqual([10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('lets another trial pass for one that ended without a word', () => {
    const watched = new Watched({ probes: 1 });
    watched.fail(3);
    watched.nowMs = 10_000;
    const trial = watched.breaker.enter(10_000);
    expect(watched.breaker.allows(10_000)).toBe(false);
    watched.breaker.leave(trial);
    expect(watched.breaker.allows(10_000)).toBe(true);
  });

  it('hears nothing of trials from calls that were sent before it opened', () => {
    const watched = new Watched();
    const early = Array.from({ length: 4 }, () => watched.breaker.enter(0));
    watched.fail(3);
    watched.nowMs = 10_000;
    const [well, alsoWell, ill, silent] = early;
    watched.breaker.succeed(well!, 10_000);
    watched.breaker.succeed(alsoWell!, 10_000);
    watched.breaker.fail(ill!, 10_000);
    watched.breaker.leave(silent!);
    expect([watched.state, watched.breaker.opensInMs(10_000)]).toEqual(['half_open', 0]);
  });

  it('hears nothing from a call that was let through uninvited', () => {
    const watched = new Watched();
    watched.fail(3);
    const uninvited = watched.breaker.enter(5_000);
    watched.breaker.fail(uninvited, 12_000);
    expect(watched.breaker.state(12_000)).toBe('half_open');
  });
});

type Word = 'succeed' | 'fail' | 'leave';

interface Call {
  readonly era: number;
  /** How often the breaker had opened or closed when the call passed. */
  readonly turn: number;
  readonly isTrial: boolean;
}

/** A breaker with calls under way, and what must be true of it. */
class BreakerWorld {
  private readonly breaker: Breaker;
  private readonly underWay: Call[] = [];
  private nowMs = 0;
  private turn = 0;
  private trialsWell = 0;

  constructor(private readonly probes: number) {
    this.breaker = new Breaker(() => ({ ...OPTIONS, probes }));
  }

  wait(ms: number): void {
    this.nowMs += ms;
  }

  enter(): void {
    const isTrial = this.breaker.state(this.nowMs) === 'half_open';
    if (!this.breaker.allows(this.nowMs)) return;
    this.underWay.push({ era: this.breaker.enter(this.nowMs), turn: this.turn, isTrial });
    const trials = this.underWay.filter((call) => call.isTrial && call.turn === this.turn).length;
    if (isTrial) expect(trials + this.trialsWell).toBeLessThanOrEqual(this.probes);
  }

  end(at: number, word: Word): void {
    const [call] = this.underWay.splice(at % Math.max(1, this.underWay.length), 1);
    if (!call) return;
    const before = this.breaker.state(this.nowMs);
    this.breaker[word](call.era, this.nowMs);
    const isOwnTrial = call.isTrial && call.turn === this.turn;
    if (isOwnTrial && word === 'succeed') this.trialsWell += 1;
    const change = `${before} to ${this.breaker.state(this.nowMs)}`;
    if (change === 'half_open to closed') expect(this.trialsWell).toBe(this.probes);
    if (change === 'half_open to open') expect([isOwnTrial, word]).toEqual([true, 'fail']);
    if (before === this.breaker.state(this.nowMs)) return;
    this.turn += 1;
    this.trialsWell = 0;
  }
}

describe('Breaker, whatever happens', () => {
  const words = fc.constantFrom<Word>('succeed', 'fail', 'fail', 'leave');
  const ends = fc.tuple(fc.nat({ max: 99 }), words);
  const events: fc.Arbitrary<(world: BreakerWorld) => void> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constant((world: BreakerWorld) => {
        world.enter();
      }),
    },
    {
      weight: 5,
      arbitrary: ends.map((end) => (world: BreakerWorld) => {
        world.end(...end);
      }),
    },
    {
      weight: 2,
      arbitrary: fc.nat({ max: 15_000 }).map((ms) => (world: BreakerWorld) => {
        world.wait(ms);
      }),
    },
  );

  it('never lets more trials pass than it needs, and heeds no call but these', () => {
    fc.assert(
      fc.property(
        fc.array(events, { minLength: 50, maxLength: 200 }),
        fc.integer({ min: 1, max: 3 }),
        (happening, probes) => {
          const world = new BreakerWorld(probes);
          for (const event of happening) event(world);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});
