import type { ProxyConfig } from '../config/schema.js';
import type { Clock } from '../kernel/clock.js';
import { Candidate } from './candidate.js';
import type { Breakers } from './health/breakers.js';
import type { CoolDowns } from './health/cool-downs.js';
import type { KeyLoads } from './health/key-loads.js';
import { scopes } from './health/scopes.js';
import type { KeyOverrides } from './keys/key-overrides.js';
import { KeyRing } from './keys/key-ring.js';
import type { UpstreamKey } from './keys/upstream-key.js';
import type { Lane } from './lease.js';
import { Pool } from './pool.js';
import type { BucketBook } from './quota/bucket-book.js';
import { createStrategy } from './strategies/strategies.js';

/** Names of models come from callers: beyond this many pools of a lane, the one that was made first is made anew. */
const POOLS_MAX = 1_000;

/** What outlives a change of the configuration. */
export interface BalancerState {
  readonly coolDowns: CoolDowns;
  readonly buckets: BucketBook;
  readonly breakers: Breakers;
  readonly clock: Clock;
  readonly random: () => number;
}

/** The pools of one configuration; built when a call first needs them, swapped whole. */
export class Pools {
  readonly ring: KeyRing;
  private readonly byLane: Readonly<Record<Lane, Map<string | undefined, Pool>>> = {
    metered: new Map(),
    batch: new Map(),
    free: new Map(),
  };

  constructor(
    private readonly config: ProxyConfig,
    private readonly overrides: KeyOverrides,
    private readonly state: BalancerState,
    private readonly loads: KeyLoads,
  ) {
    this.ring = KeyRing.from(config, overrides);
  }

  /** The pool of a model and lane. */
  pool(model: string | undefined, lane: Lane): Pool {
    const byModel = this.byLane[lane];
    const known = byModel.get(model);
    if (known) return known;
    const [oldest] = byModel.keys();
    if (byModel.size >= POOLS_MAX) byModel.delete(oldest);
    const pool = this.build(model, lane);
    byModel.set(model, pool);
    return pool;
  }

  private build(model: string | undefined, lane: Lane): Pool {
    const { state, config, overrides } = this;
    const candidates = this.ring.keys
      .filter((key) => key.isInUse && key.serves(model))
      .map((key, index) => this.candidate(key, index, model, lane));
    const strategy = createStrategy(overrides.strategy ?? config.gemini.strategy, state);
    return new Pool(candidates, strategy, state.breakers.of(model, lane));
  }

  private candidate(key: UpstreamKey, index: number, model: string | undefined, lane: Lane): Candidate {
    const { coolDowns, buckets } = this.state;
    return new Candidate(
      key,
      index,
      key.weight,
      {
        key: coolDowns.scope(scopes.key(key)),
        project: coolDowns.scope(scopes.project(key)),
        billing_account: coolDowns.scope(scopes.billingAccount(key)),
        bucket: coolDowns.scope(scopes.bucket(key, model, lane)),
        changes: coolDowns.changes,
      },
      buckets.bucket(key.project, model, lane),
      this.loads.of(key),
    );
  }
}
