import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Lease } from '../../../src/balancer/lease.js';
import type { Verdict } from '../../../src/kernel/gemini/verdict.js';
import { keyText } from '../../support/proxy.harness.js';
import { BalancerHarness, WISH } from '../balancer.harness.js';
import { configured, KEY_OPTIONS, KEYS, places, verdicts } from './estate.js';
import { type ModelKey, RestModel } from './rest-model.js';

const HOUR_MS = 3_600_000;
const MODELS = ['gemini-3.8-flash', 'gemini-3.8-pro'] as const;
const OTHERS = new Map(KEYS.map((key) => [key.id, new Set(KEYS.map(({ id }) => id).filter((id) => id !== key.id))]));

const keys = fc.constantFrom(...KEYS);
const steps = fc.constantFrom(1, 2_000, 30_000, 61_000, HOUR_MS, 20 * HOUR_MS);

/** What happens to a world; calls are leased and heard of in any order. */
export type RestingEvent = (world: RestingWorld) => void;

export const restingEvents: fc.Arbitrary<RestingEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...MODELS).map((model) => (world: RestingWorld) => {
      world.lease(model);
    }),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(places, verdicts).map((heard) => (world: RestingWorld) => {
      world.hear(...heard);
    }),
  },
  {
    weight: 3,
    arbitrary: steps.map((ms) => (world: RestingWorld) => {
      world.wait(ms);
    }),
  },
  {
    weight: 2,
    arbitrary: keys.map((key) => (world: RestingWorld) => {
      world.probe(key);
    }),
  },
  {
    weight: 2,
    arbitrary: keys.map((key) => (world: RestingWorld) => {
      world.reset(key);
    }),
  },
  {
    weight: 2,
    arbitrary: keys.map((key) => (world: RestingWorld) => {
      world.replace(key);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 9 }).map((weight) => (world: RestingWorld) => {
      world.weigh(weight);
    }),
  },
);

/** The balancer, and what must be true of it, side by side. */
export class RestingWorld {
  private readonly harness = new BalancerHarness(KEY_OPTIONS);
  private readonly model = new RestModel();
  private readonly underWay: { readonly lease: Lease; readonly model: string }[] = [];
  private readonly secrets = new Map(KEYS.map(({ id }) => [id, keyText(id)]));
  private weight = 1;

  lease(model: string): void {
    const lease = this.harness.balancer.lease({ ...WISH, model });
    if (!lease) return;
    expect(this.restingIds(model)).not.toContain(lease.key.id);
    this.underWay.push({ lease, model });
  }

  hear(at: number, verdict: Verdict): void {
    const [call] = this.underWay.splice(at % Math.max(1, this.underWay.length), 1);
    if (!call) return;
    const { key } = call.lease;
    const isPresent = key.secret.reveal() === this.secrets.get(key.id);
    call.lease.heard(verdict);
    call.lease.end();
    const known = KEYS.find(({ id }) => id === key.id);
    if (known && (verdict.scope !== 'key' || isPresent)) {
      this.model.heard(known, call.model, verdict, this.harness.clock.now());
    }
  }

  wait(ms: number): void {
    this.harness.clock.advance(ms);
  }

  /** A probe finds a key well, and with it its project and its account. */
  probe(key: ModelKey): void {
    const { health } = this.harness;
    for (const name of [`key:${key.id}`, `project:${key.project}`, `billing:${key.billing_account}`]) {
      health.returned(health.coolDowns.scope(name));
    }
    this.model.probedWell(key);
  }

  /** An operator ends every rest of a key. */
  reset(key: ModelKey): void {
    const present = this.harness.balancer.ring.get(key.id);
    if (present) this.harness.health.reset(present);
    this.model.reset(key);
  }

  replace(key: ModelKey): void {
    const before = this.secrets.get(key.id) ?? '';
    this.secrets.set(key.id, before.endsWith('-new') ? `${before}er` : `${before}-new`);
    this.reconfigure();
    this.model.replaced(key);
  }

  weigh(weight: number): void {
    this.weight = weight;
    this.reconfigure();
  }

  /** What can be leased is what does not rest, key by key. */
  check(): void {
    const { balancer } = this.harness;
    for (const model of MODELS) {
      const closed = KEYS.map(({ id }) => id).filter(
        (id) => !balancer.hasCandidate({ ...WISH, model }, OTHERS.get(id) ?? new Set()),
      );
      const resting = this.restingIds(model);
      if (closed.join() !== resting.join()) expect(closed).toEqual(resting);
    }
  }

  private restingIds(model: string): string[] {
    const nowMs = this.harness.clock.now();
    return KEYS.filter((key) => this.model.isResting(key, model, nowMs)).map(({ id }) => id);
  }

  private reconfigure(): void {
    this.harness.store.replace(configured((id) => this.secrets.get(id) ?? '', this.weight));
    this.model.reconfigured();
  }
}
