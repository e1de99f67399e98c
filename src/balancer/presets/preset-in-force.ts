import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { ConfigStore } from '../../config/config.store.js';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { ceilingMs } from '../../kernel/resilience/backoff.js';
import { type WeightChange, WeightPresetRepository } from '../../persistence/repositories/weight-preset.repository.js';
import { KeyOverridesStore } from '../keys/key-overrides.js';
import type { StrategyName } from '../strategies/strategy.js';
import { builtInPreset } from './built-in-presets.js';
import { type Preset, strategyNamed } from './preset.js';

/** Pauses between attempts to read which preset was applied last. */
const RETRY = { base: 1_000, max: 60_000 };

/** The preset that is applied. */
export interface AppliedPreset {
  readonly name: string;
  readonly actor: string;
  readonly sinceMs: number;
}

interface Values {
  readonly weights: ReadonlyMap<string, number>;
  readonly strategy: StrategyName | undefined;
}

/**
 * Which preset is in force. It outlives restarts, and a start without a database, which catches up later. The weights of
 * a built-in preset follow the configuration; those of an own one are as they were when it was applied.
 */
@Injectable()
export class PresetInForce implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('WeightPresets');
  private readonly unsubscribe: () => void;
  private line: WeightChange | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private cancelRetry: Cancel | undefined;

  constructor(
    private readonly presets: WeightPresetRepository,
    private readonly overrides: KeyOverridesStore,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {
    this.unsubscribe = config.onChange(() => {
      this.enforce();
    });
  }

  async onModuleInit(): Promise<void> {
    await this.restore(1);
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    this.cancelRetry?.();
  }

  /** The applied preset; undefined while configured weights are in force. */
  get current(): AppliedPreset | undefined {
    if (this.line?.action !== 'apply' || this.line.preset === null) return undefined;
    return { name: this.line.preset, actor: this.line.actor, sinceMs: this.line.atMs };
  }

  /** Notes that the preset is applied, then puts it in force. */
  apply({ name, weights, strategy }: Preset, actor: string): Promise<void> {
    const line = { actor, action: 'apply', preset: name, weights, strategy: strategy ?? null } as const;
    return this.inTurn(() => this.change(line));
  }

  /** Puts the configured weights in force again; does nothing when they are. */
  clear(actor: string): Promise<void> {
    return this.inTurn(async () => {
      await this.read();
      if (!this.current) return;
      const { api_keys: keys, strategy } = this.config.current.gemini;
      const weights = Object.fromEntries(keys.map(({ id, weight }) => [id, weight]));
      await this.change({ actor, action: 'clear', preset: this.current.name, weights, strategy });
    });
  }

  /** Puts in force what was applied last, on whichever replica. */
  takeOver(): Promise<void> {
    return this.inTurn(() => this.read());
  }

  private async restore(attempt: number): Promise<void> {
    try {
      await this.takeOver();
    } catch (error) {
      this.log.warn(
        { err: error },
        'which preset is applied cannot be read now; configured weights serve until it can',
      );
      this.cancelRetry = this.clock.after(ceilingMs(RETRY, attempt), () => void this.restore(attempt + 1));
    }
  }

  private async change(change: Omit<WeightChange, 'id' | 'atMs'>): Promise<void> {
    const before = this.current?.name;
    await this.presets.record(change);
    const { actor, action, preset, weights, strategy } = change;
    this.audit.append({
      type: 'WeightChange',
      sourceIp: '',
      action: `${action} preset`,
      result: 'Success',
      durationMs: 0,
      actor: { type: 'admin', id: actor },
      details: { preset, weights, strategy, before },
    });
    await this.read();
  }

  private async read(): Promise<void> {
    const line = await this.presets.latestApplied();
    if (line?.id === this.line?.id) return;
    this.line = line;
    this.enforce();
    const { action, preset, actor } = line ?? {};
    this.log.log({ preset, actor }, action === 'apply' ? 'a preset is in force' : 'configured weights are in force');
  }

  private enforce(): void {
    const { weights, strategy } = this.values();
    const { current } = this.overrides;
    if (strategy === current.strategy && areEqual(weights, current.weights)) return;
    this.overrides.change({ weights, strategy });
  }

  private values(): Values {
    const { line } = this;
    if (line?.action !== 'apply') return { weights: new Map(), strategy: undefined };
    const builtIn = builtInPreset(line.preset ?? '');
    if (builtIn) return { weights: builtIn.weigh(this.config.current.gemini), strategy: builtIn.strategy };
    return { weights: new Map(Object.entries(line.weights)), strategy: strategyNamed(line.strategy) };
  }

  private inTurn(action: () => Promise<void>): Promise<void> {
    const result = this.turn.then(action);
    this.turn = result.catch(() => undefined);
    return result;
  }
}

function areEqual(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([id, weight]) => other.get(id) === weight);
}
