import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { type KeyState, KeyStateRepository } from '../../persistence/repositories/key-state.repository.js';
import { Health } from '../health/health.js';
import type { Scope } from '../health/scope.js';
import { WriteBehind } from './write-behind.js';

/** Names of models come from callers; the database takes no control characters, and no endless keys. */
const KEEPABLE = /^\P{Cc}{1,300}$/u;

/** Keeps cool-downs in the database, so that a restart does not forget what rests. */
@Injectable()
export class CoolDownKeeper implements OnModuleInit, OnModuleDestroy {
  private readonly writer: WriteBehind;
  private readonly unsubscribe: () => void;
  private changed = new Set<Scope>();

  constructor(
    private readonly health: Health,
    private readonly rows: KeyStateRepository,
    private readonly clock: Clock,
  ) {
    this.writer = new WriteBehind(clock, 'Cool-downs', () => this.save());
    this.unsubscribe = health.onChange((scope) => {
      if (!KEEPABLE.test(scope.name) || !scope.name.isWellFormed()) return;
      this.changed.add(scope);
      this.writer.mark();
    });
  }

  async onModuleInit(): Promise<void> {
    const states = await this.writer.load(() => this.rows.load(this.clock.now()));
    for (const { scope, kind, reason, untilMs, trips } of states ?? []) {
      this.health.restore(scope, { kind, reason, trips, untilMs: untilMs ?? Infinity });
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.unsubscribe();
    await this.writer.stop();
  }

  private async save(): Promise<void> {
    const changed = this.changed;
    this.changed = new Set();
    const nowMs = this.clock.now();
    const [resting, ended] = [
      [...changed].filter(({ coolDown }) => coolDown),
      [...changed].filter((scope) => !scope.coolDown),
    ];
    try {
      await this.rows.save(resting.flatMap((scope) => stateOf(scope, nowMs)));
      if (ended.length > 0) await this.rows.remove(ended.map(({ name }) => name));
    } catch (error) {
      for (const scope of changed) this.changed.add(scope);
      throw error;
    }
  }
}

/** A quarantine on trial is kept as one whose probe is due: the next start probes it. */
function stateOf({ name, coolDown }: Scope, nowMs: number): KeyState[] {
  if (!coolDown) return [];
  const { kind, reason, trips, untilMs } = coolDown;
  return [{ scope: name, kind, reason, trips, untilMs: untilMs === Infinity ? null : untilMs, updatedAtMs: nowMs }];
}
