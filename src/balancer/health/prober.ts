import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { Balancer } from '../balancer.service.js';
import type { UpstreamKey } from '../keys/upstream-key.js';
import { Health } from './health.js';
import { KeyProbe, type ProbeResult } from './key-probe.js';
import type { Scope } from './scope.js';
import { scopes } from './scopes.js';

/**
 * Brings quarantined keys, projects and accounts back: probes each when its interval has passed, without spending paid
 * tokens, and lets calls try it again when the probe goes well.
 */
@Injectable()
export class Prober implements OnModuleInit, OnModuleDestroy {
  private readonly due = new Map<string, Cancel>();
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly balancer: Balancer,
    private readonly health: Health,
    private readonly probe: KeyProbe,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.health.onChange((scope) => {
      this.schedule(scope);
    });
    for (const scope of this.health.coolDowns.known()) this.schedule(scope);
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    for (const cancel of this.due.values()) cancel();
    this.due.clear();
  }

  /** Probes a key now, whatever its state; what is in quarantine returns when it is well. */
  async probeKey(key: UpstreamKey): Promise<ProbeResult> {
    const result = await this.probe.probe(key.secret, key.serves);
    if (result.kind === 'well') {
      for (const name of scopes.own(key)) this.health.returned(this.health.coolDowns.scope(name));
    }
    return result;
  }

  private schedule(scope: Scope): void {
    this.due.get(scope.name)?.();
    this.due.delete(scope.name);
    if (!isQuarantined(scope)) return;
    const inMs = Math.max(0, (scope.coolDown?.untilMs ?? 0) - this.clock.now());
    this.due.set(
      scope.name,
      this.clock.after(inMs, () => void this.visit(scope)),
    );
  }

  private async visit(scope: Scope): Promise<void> {
    const keys = this.balancer.ring.keys.filter((key) => scopes.own(key).includes(scope.name));
    const key = keys.find(({ isInUse }) => isInUse);
    if (!key) {
      // Keys that are out of use may come into use again; those that are gone leave nothing to rest.
      if (keys.length > 0) this.health.notProbed(scope);
      else this.health.outdated(scope);
      return;
    }
    const result = await this.probe.probe(key.secret, key.serves);
    if (!isQuarantined(scope)) return;
    if (result.kind === 'well') this.health.returned(scope);
    else if (result.kind === 'refused') this.health.stillUnwell(scope);
    else this.health.notProbed(scope);
  }
}

function isQuarantined({ coolDown, closedUntilMs }: Scope): boolean {
  return coolDown?.kind === 'quarantine' && closedUntilMs === Infinity;
}
