import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { Clock } from '../../kernel/clock.js';
import type { Verdict } from '../../kernel/gemini/verdict.js';
import type { Candidate } from '../candidate.js';
import type { UpstreamKey } from '../keys/upstream-key.js';
import { Breakers } from './breakers.js';
import { CoolDowns } from './cool-downs.js';
import { KeyEvents } from './key-events.js';
import { isPenalty, penalise, QUARANTINE } from './penalty.js';
import type { CoolDown, Scope } from './scope.js';
import { concerns, scopes } from './scopes.js';

type Listener = (scope: Scope) => void;

/** What rests, and what upstream's address and the models are up to. */
@Injectable()
export class Health {
  readonly coolDowns: CoolDowns;
  readonly breakers: Breakers;
  private readonly listeners = new Set<Listener>();

  constructor(
    config: ConfigStore,
    private readonly clock: Clock,
    private readonly events: KeyEvents,
  ) {
    this.coolDowns = new CoolDowns((scope) => {
      this.announce(scope);
    });
    this.breakers = new Breakers(() => config.current.gemini.breaker);
  }

  /** Takes what upstream said of a key: a penalty rests its scope, a good answer forgives what is over. */
  heard(candidate: Candidate, verdict: Verdict): void {
    const nowMs = this.clock.now();
    if (isPenalty(verdict)) {
      const scope = penalise(this.coolDowns, candidate, verdict, nowMs);
      this.events.rested(candidate.key, scope, verdict);
    } else if (verdict.scope === 'ok') this.forgive(candidate, nowMs);
  }

  /** A probe found a quarantined scope well: calls may try it again, and a relapse rests longer. */
  returned(scope: Scope): void {
    const { coolDown } = scope;
    if (coolDown?.kind !== 'quarantine') return;
    scope.reopen();
    this.announce(scope);
    this.events.returned(scope, 'probe');
  }

  /** A probe found a quarantined scope unwell still: the next one comes later. */
  stillUnwell(scope: Scope): void {
    this.coolDowns.prolong(scope, this.clock.now(), QUARANTINE);
  }

  /** Nothing was learned of a quarantined scope: the next probe comes as soon as the first one did. */
  notProbed({ name, coolDown }: Scope): void {
    if (coolDown) this.restore(name, { ...coolDown, untilMs: this.clock.now() + QUARANTINE.base });
  }

  /** Puts back a rest that was known before. */
  restore(name: string, coolDown: CoolDown): void {
    const scope = this.coolDowns.scope(name);
    scope.rest(coolDown);
    this.announce(scope);
  }

  /** Ends every rest of a key and of what it belongs to, at an operator's word; the scopes that rested. */
  reset(key: UpstreamKey): Scope[] {
    const nowMs = this.clock.now();
    const rested = this.scopesOf(key).filter((scope) => scope.restAt(nowMs));
    for (const scope of rested) this.end(scope, 'reset');
    return rested;
  }

  /** Ends what rested for a secret that was replaced, or for keys that are not configured any more. */
  outdated(scope: Scope): void {
    if (scope.coolDown) this.end(scope, 'configuration');
  }

  /** The scopes that rest now and concern a key: its own, its project's, its account's and its project's buckets. */
  restsOf(key: UpstreamKey): readonly { readonly scope: string; readonly coolDown: CoolDown }[] {
    const nowMs = this.clock.now();
    return this.scopesOf(key).flatMap((scope) => {
      const coolDown = scope.restAt(nowMs);
      return coolDown ? [{ scope: scope.name, coolDown }] : [];
    });
  }

  /** Whether a key itself, its project or its account rests: then it serves no model. */
  rests(key: UpstreamKey): boolean {
    const nowMs = this.clock.now();
    return scopes.own(key).some((name) => this.coolDowns.scope(name).restAt(nowMs) !== undefined);
  }

  /** Calls `listener` with every scope whose rest began, grew or ended, until the returned function is called. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  private scopesOf(key: UpstreamKey): Scope[] {
    return this.coolDowns.known().filter(({ name }) => concerns(name, key));
  }

  private forgive({ scopes: { key, project, billing_account: billing, bucket } }: Candidate, nowMs: number): void {
    for (const scope of [key, project, billing, bucket]) {
      if (scope.coolDown) this.coolDowns.forgive(scope, nowMs);
    }
  }

  private end(scope: Scope, by: 'reset' | 'configuration'): void {
    this.events.returned(scope, by);
    this.coolDowns.clear(scope);
  }

  private announce(scope: Scope): void {
    for (const listener of this.listeners) listener(scope);
  }
}
