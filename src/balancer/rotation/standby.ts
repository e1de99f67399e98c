import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import type { ProxyConfig } from '../../config/schema.js';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { Health } from '../health/health.js';
import { KeyOverridesStore } from '../keys/key-overrides.js';
import { KeyRing } from '../keys/key-ring.js';
import type { UpstreamKey } from '../keys/upstream-key.js';
import { RotationEvents } from './rotation-events.js';
import { type Absence, planStandIns, type RosterKey, type StandIns } from './standby-plan.js';

type KeyOptions = ProxyConfig['gemini']['api_keys'][number];

/** Times that lie further ahead than a timer can wait for are looked at again. */
const LOOK_AGAIN_MS = 24 * 60 * 60_000;

/** These scopes matter; buckets, which come and go with every quota, do not. */
const CONCERNS = /^(?:key|project|billing):/;

/**
 * Standby keys step in for keys that do not serve: quarantined, with their project or billing account, expired or
 * disabled. They step back when those serve again.
 */
@Injectable()
export class StandbyKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private standIns: StandIns = new Map();
  private subscriptions: readonly Cancel[] = [];
  private stopWaiting: Cancel = () => undefined;

  constructor(
    private readonly config: ConfigStore,
    private readonly health: Health,
    private readonly overrides: KeyOverridesStore,
    private readonly events: RotationEvents,
    private readonly clock: Clock,
  ) {}

  /** By now it is known who rested before the restart. */
  onApplicationBootstrap(): void {
    const review = (): void => {
      this.review();
    };
    this.subscriptions = [
      this.config.onChange(review),
      this.health.onChange((scope) => {
        if (CONCERNS.test(scope.name)) this.review();
      }),
    ];
    this.review();
  }

  onModuleDestroy(): void {
    for (const cancel of this.subscriptions) cancel();
    this.stopWaiting();
  }

  /** The standby key that stands in for a key now. */
  standInOf(keyId: string): string | undefined {
    return this.standIns.get(keyId);
  }

  private review(): void {
    const config = this.config.current;
    const ring = KeyRing.from(config, this.overrides.current);
    const roster = config.gemini.api_keys.map((options, index) => this.rosterKey(options, ring.keys[index]));
    const before = this.standIns;
    this.standIns = planStandIns(roster, before);
    this.promote();
    this.tell(roster, before);
    this.reviewAtNextDate(config.gemini.api_keys);
  }

  private promote(): void {
    const promoted = new Set(this.standIns.values());
    const { promoted: present } = this.overrides.current;
    const isSame = promoted.size === present.size && [...promoted].every((id) => present.has(id));
    if (!isSame) this.overrides.change({ promoted });
  }

  private tell(roster: readonly RosterKey[], before: StandIns): void {
    for (const [keyId, standby] of before) {
      if (this.standIns.get(keyId) !== standby) this.events.tell('standby key steps back', standby, { for: keyId });
    }
    for (const [keyId, standby] of this.standIns) {
      const reason = roster.find(({ id }) => id === keyId)?.absence;
      if (before.get(keyId) !== standby) this.events.tell('standby key steps in', standby, { for: keyId, reason });
    }
  }

  private rosterKey(options: KeyOptions, key: UpstreamKey | undefined): RosterKey {
    const { id, models, standby } = options;
    const rests = key !== undefined && this.health.rests(key);
    return { id, models, standby, absence: this.absenceByOptions(options) ?? (rests ? 'quarantined' : undefined) };
  }

  /** A standby key whose time has not come cannot step in; of any other key nobody expects anything before its time. */
  private absenceByOptions({ enabled, standby, ...dates }: KeyOptions): Absence | undefined {
    const nowMs = this.clock.now();
    if (!enabled) return 'disabled';
    if (dates.expires_at !== undefined && nowMs >= dates.expires_at) return 'expired';
    return standby && dates.not_before !== undefined && nowMs < dates.not_before ? 'disabled' : undefined;
  }

  /** Keys expire, and come into their time, without anybody saying so. */
  private reviewAtNextDate(keys: readonly KeyOptions[]): void {
    this.stopWaiting();
    const nowMs = this.clock.now();
    const dates = keys.flatMap(({ expires_at: until = Infinity, not_before: from = Infinity }) => [until, from]);
    const nextMs = Math.min(...dates.filter((date) => date > nowMs));
    if (nextMs === Infinity) return;
    this.stopWaiting = this.clock.after(Math.min(nextMs - nowMs, LOOK_AGAIN_MS), () => {
      this.review();
    });
  }
}
