import type { AuditLog } from '../../../src/audit/audit-log.js';
import { Balancer } from '../../../src/balancer/balancer.service.js';
import { Health } from '../../../src/balancer/health/health.js';
import { KeyEvents } from '../../../src/balancer/health/key-events.js';
import type { KeyProbe, ProbeResult } from '../../../src/balancer/health/key-probe.js';
import { Prober } from '../../../src/balancer/health/prober.js';
import { KeyOverridesStore } from '../../../src/balancer/keys/key-overrides.js';
import { DecisionLog } from '../../../src/balancer/presets/decision-log.js';
import { ConfigStore } from '../../../src/config/config.store.js';
import type { Secret } from '../../../src/kernel/secret.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { configWith } from '../balancer.harness.js';
import { type CallerRecord, Callers } from './callers.js';
import { VirtualGoogle } from './google.js';
import type { Counting } from './google-counts.js';
import { DEAD_KEY, ELSEWHERE, GRANTS, KEYS, MODEL, SUSPENDED, TIERS } from './estate.js';
import { VirtualProxy } from './proxy.js';
import { seeded } from './random.js';
import { Wire } from './wire.js';

const HOUR_MS = 3_600_000;

/** A span in hours from the beginning of the day. */
export type Hours = readonly [from: number, to: number];

/** What happens on a day. */
export interface DayPlan {
  readonly startsAt: string;
  readonly hours: number;
  readonly counting: Counting;
  /** When the greedy caller wants more than can be had. */
  readonly demand: readonly Hours[];
  /** When the model answers 503 to everybody. */
  readonly storm: Hours;
  readonly suspension: Hours;
  readonly keyDiesAt: number;
}

/** A replica's balancer, the virtual upstream and the callers, over one day. */
export class EmulatedDay {
  readonly clock: VirtualClock;
  readonly google: VirtualGoogle;
  readonly wire: Wire;
  readonly balancer: Balancer;
  readonly health: Health;
  private readonly callers: Callers;
  private readonly prober: Prober;

  constructor(readonly plan: DayPlan) {
    const random = seeded(1);
    this.clock = new VirtualClock(Date.parse(plan.startsAt));
    this.google = new VirtualGoogle(GRANTS, plan.counting);
    this.wire = new Wire(this.google, this.clock, random);
    const store = new ConfigStore(configWith(KEYS, { tiers: TIERS }));
    const audit: Pick<AuditLog, 'append'> = { append: () => undefined };
    this.health = new Health(store, this.clock, new KeyEvents(audit as AuditLog));
    this.balancer = new Balancer(store, this.clock, this.health, new KeyOverridesStore(), new DecisionLog());
    this.prober = new Prober(this.balancer, this.health, this.probe(), this.clock);
    const proxy = new VirtualProxy({ balancer: this.balancer, store }, this.clock, this.wire, random);
    this.callers = new Callers(proxy, this.clock, random);
  }

  /** What each caller lived through. */
  get records(): ReadonlyMap<string, CallerRecord> {
    return this.callers.records;
  }

  /** Lives through the day and lets everything that is under way come to its end. */
  async run(): Promise<void> {
    this.balancer.onApplicationBootstrap();
    this.prober.onModuleInit();
    this.callers.live(this.plan.hours * HOUR_MS);
    this.schedule();
    await this.clock.run(this.plan.hours * HOUR_MS + HOUR_MS);
    this.prober.onModuleDestroy();
    this.balancer.onModuleDestroy();
  }

  private schedule(): void {
    const { storm, suspension, keyDiesAt, demand } = this.plan;
    this.at(keyDiesAt, () => this.google.deadKeys.add(DEAD_KEY));
    this.at(storm[0], () => this.google.overloadedModels.add(MODEL));
    this.at(storm[1], () => this.google.overloadedModels.delete(MODEL));
    this.at(suspension[0], () => this.google.suspendedProjects.add(SUSPENDED));
    this.at(suspension[1], () => this.google.suspendedProjects.delete(SUSPENDED));
    const { project, atHour, calls } = ELSEWHERE;
    this.at(atHour, () => {
      this.google.useElsewhere(project, MODEL, calls, this.clock.now());
    });
    for (const [from, to] of demand) {
      this.at(from, () => {
        this.callers.flood((to - from) * HOUR_MS);
      });
    }
  }

  private at(inHours: number, action: () => void): void {
    this.clock.after(inHours * HOUR_MS, action);
  }

  /** Asks the virtual upstream what the real probe asks Google. */
  private probe(): KeyProbe {
    const probe = async (secret: Secret): Promise<ProbeResult> => {
      await this.clock.sleep(100);
      const key = this.balancer.ring.keys.find((other) => other.secret.reveal() === secret.reveal());
      if (key && this.google.admits(key.id, key.project)) return { kind: 'well' };
      return { kind: 'refused', verdict: { scope: 'key', reason: 'API_KEY_INVALID' } };
    };
    return { probe } as unknown as KeyProbe;
  }
}
