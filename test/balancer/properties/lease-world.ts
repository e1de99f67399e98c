import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Lease } from '../../../src/balancer/lease.js';
import type { InputSize } from '../../../src/kernel/gemini/input-size.js';
import type { Verdict } from '../../../src/kernel/gemini/verdict.js';
import { keyText } from '../../support/proxy.harness.js';
import { BalancerHarness, WISH } from '../balancer.harness.js';
import { configured, KEY_OPTIONS, places, verdicts } from './estate.js';

const inputs = fc.record({ textBytes: fc.nat({ max: 100_000 }), mediaTokens: fc.constantFrom(0, 1_120) });
const words = fc.oneof(
  { weight: 9, arbitrary: verdicts },
  fc.constant<Verdict>({ scope: 'upstream', reason: 'unreachable' }),
);
const tokens = fc.option(fc.nat({ max: 200_000 }), { nil: undefined });

/** What happens to leases, in any order, also after their end. */
export type LeaseEvent = (world: LeaseWorld) => void;

export const leaseEvents: fc.Arbitrary<LeaseEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: inputs.map((input) => (world: LeaseWorld) => {
      world.lease(input);
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(places, words).map((heard) => (world: LeaseWorld) => {
      world.hear(...heard);
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(places, tokens).map((ended) => (world: LeaseWorld) => {
      world.end(...ended);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 30_000 }).map((ms) => (world: LeaseWorld) => {
      world.wait(ms);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 9 }).map((weight) => (world: LeaseWorld) => {
      world.weigh(weight);
    }),
  },
);

interface Held {
  readonly lease: Lease;
  hasEnded: boolean;
  wasHeard: boolean;
  isReleased: boolean;
}

const NEVER_COUNTED: ReadonlySet<string> = new Set(['key', 'project', 'billing_account', 'bucket', 'upstream']);

/** Leases of the balancer, and what must be booked of them. */
export class LeaseWorld {
  private readonly harness = new BalancerHarness(KEY_OPTIONS);
  private readonly held: Held[] = [];

  lease(input: InputSize): void {
    const lease = this.harness.balancer.lease({ ...WISH, input });
    if (lease) this.held.push({ lease, hasEnded: false, wasHeard: false, isReleased: false });
  }

  hear(at: number, verdict: Verdict): void {
    const one = this.held[at % Math.max(1, this.held.length)];
    if (!one) return;
    one.isReleased ||= !one.wasHeard && NEVER_COUNTED.has(verdict.scope);
    one.wasHeard = true;
    one.lease.heard(verdict);
  }

  end(at: number, inputTokens: number | undefined): void {
    const one = this.held[at % Math.max(1, this.held.length)];
    if (!one) return;
    one.hasEnded = true;
    one.lease.end(inputTokens);
  }

  wait(ms: number): void {
    this.harness.clock.advance(ms);
  }

  weigh(weight: number): void {
    this.harness.store.replace(configured(keyText, weight));
  }

  check(): void {
    expect(this.carried()).toBe(this.held.filter(({ hasEnded }) => !hasEnded).length);
    const { rpm, tpm, rpd } = this.used();
    expect(Math.min(rpm, tpm, rpd)).toBeGreaterThanOrEqual(0);
  }

  /** Ends what is left, lets a minute pass, and looks for what remains. */
  close(): void {
    for (const { lease } of this.held) lease.end();
    expect(this.carried()).toBe(0);
    this.wait(61_000);
    const counted = this.held.filter(({ isReleased }) => !isReleased).length;
    expect(this.used()).toEqual({ rpm: 0, tpm: 0, rpd: counted });
  }

  private carried(): number {
    const { balancer } = this.harness;
    return balancer.ring.keys.reduce((sum, { id, secret }) => sum + balancer.inFlightOf(id, secret.fingerprint()), 0);
  }

  private used(): { rpm: number; tpm: number; rpd: number } {
    const used = { rpm: 0, tpm: 0, rpd: 0 };
    for (const bucket of this.harness.balancer.buckets.metered()) {
      for (const state of bucket.stateAt(this.harness.clock.now())) used[state.dimension] += state.used;
    }
    return used;
  }
}
