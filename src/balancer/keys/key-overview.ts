import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { Clock } from '../../kernel/clock.js';
import { Balancer } from '../balancer.service.js';
import { Health } from '../health/health.js';
import type { CoolDown } from '../health/scope.js';
import type { DimensionState } from '../quota/bucket.js';
import type { UpstreamKey } from './upstream-key.js';

/** The state of a key, in one word; of several that hold, the first of this list. */
export const KEY_STATES = [
  'disabled',
  'not_yet_valid',
  'expired',
  'standby',
  'quarantined',
  'resting',
  'active',
] as const;
export type KeyStateName = (typeof KEY_STATES)[number];

/** A rest that concerns a key. */
export interface KeyRest extends CoolDown {
  readonly scope: string;
}

/** Quota of a key's project for one model. */
export interface QuotaState {
  readonly model: string;
  readonly dimensions: readonly DimensionState[];
  /** Epoch milliseconds at which Google last told a limit. */
  readonly learnedAtMs: number | undefined;
}

/** A key as operators see it; never its secret. */
export interface KeyView {
  readonly id: string;
  readonly project: string;
  readonly billingAccount: string | undefined;
  readonly state: KeyStateName;
  readonly effectiveWeight: number;
  readonly inFlight: number;
  readonly coolDowns: readonly KeyRest[];
}

/** What operators see of the keys, and the rests that they end by hand. */
@Injectable()
export class KeyOverview {
  constructor(
    private readonly balancer: Balancer,
    private readonly health: Health,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  list(): KeyView[] {
    return this.balancer.ring.keys.map((key) => this.view(key));
  }

  find(id: string): KeyView | undefined {
    const key = this.balancer.ring.get(id);
    return key && this.view(key);
  }

  /** Use and limits of a key's project by model; undefined when there is no such key. */
  quotaOf(id: string): QuotaState[] | undefined {
    const key = this.balancer.ring.get(id);
    if (!key) return undefined;
    const nowMs = this.clock.now();
    return [...this.balancer.buckets.metered(key.project)].map((bucket) => ({
      model: bucket.model ?? '',
      dimensions: bucket.stateAt(nowMs),
      learnedAtMs: bucket.learned?.atMs,
    }));
  }

  /** Ends every rest that concerns a key; the names of the scopes that rested, undefined when there is no such key. */
  reset(id: string): string[] | undefined {
    const key = this.balancer.ring.get(id);
    return key && this.health.reset(key).map(({ name }) => name);
  }

  private view(key: UpstreamKey): KeyView {
    const coolDowns = this.health.restsOf(key).map(({ scope, coolDown }) => ({ scope, ...coolDown }));
    return {
      id: key.id,
      project: key.project,
      billingAccount: key.billingAccount,
      state: this.stateOf(key, coolDowns),
      effectiveWeight: key.weight,
      inFlight: this.balancer.inFlightOf(key.id, key.secret.fingerprint()),
      coolDowns,
    };
  }

  private stateOf(key: UpstreamKey, coolDowns: readonly KeyRest[]): KeyStateName {
    const options = this.config.current.gemini.api_keys.find(({ id }) => id === key.id);
    const nowMs = this.clock.now();
    const holds: Readonly<Record<KeyStateName, boolean>> = {
      disabled: options?.enabled === false,
      not_yet_valid: (options?.not_before ?? -Infinity) > nowMs,
      expired: (options?.expires_at ?? Infinity) <= nowMs,
      standby: !key.isInUse,
      quarantined: coolDowns.some(({ kind }) => kind === 'quarantine'),
      resting: coolDowns.length > 0,
      active: true,
    };
    return KEY_STATES.find((state) => holds[state]) ?? 'active';
  }
}
