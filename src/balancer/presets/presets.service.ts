import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { Fault } from '../../kernel/errors/fault.js';
import {
  type WeightChange,
  type WeightPresetContent,
  WeightPresetRepository,
} from '../../persistence/repositories/weight-preset.repository.js';
import { KeyOverridesStore } from '../keys/key-overrides.js';
import type { StrategyName } from '../strategies/strategy.js';
import { builtInPreset } from './built-in-presets.js';
import { checkName, checkSomeServe, checkWeights, refuseBuiltIn } from './preset-checks.js';
import { type AppliedPreset, PresetInForce } from './preset-in-force.js';
import { builtInPresets, fromBuiltIn, fromRow, type Preset } from './preset.js';

/** Presets that operators may make. */
const OWN_PRESETS_MAX = 100;

/** What an operator says of a preset. */
export interface PresetContent {
  readonly description: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly strategy: StrategyName | undefined;
}

/** The weight that a key has now, and where it comes from. */
export interface EffectiveWeight {
  readonly key: string;
  readonly weight: number;
  readonly source: 'preset' | 'configuration';
}

/**
 * The presets: those that come with the proxy, and those of operators. Throws `validation_failed` with the path of every
 * mistake, and `not_found` for a name that no preset has.
 */
@Injectable()
export class WeightPresets {
  constructor(
    private readonly rows: WeightPresetRepository,
    private readonly inForce: PresetInForce,
    private readonly config: ConfigStore,
    private readonly overrides: KeyOverridesStore,
  ) {}

  /** All presets, the built-in ones first. */
  async list(): Promise<Preset[]> {
    const own = await this.rows.list();
    return [...builtInPresets(this.config.current.gemini), ...own.map(fromRow)];
  }

  async get(name: string): Promise<Preset> {
    const builtIn = builtInPreset(name);
    if (builtIn) return fromBuiltIn(builtIn, this.config.current.gemini);
    return fromRow((await this.rows.get(name)) ?? unknown(name));
  }

  async create(name: string, content: PresetContent, actor: string): Promise<Preset> {
    checkName(name);
    checkWeights(content.weights, this.config.current.gemini);
    if ((await this.rows.list()).length >= OWN_PRESETS_MAX) {
      refuseName(`is one too many: there are ${OWN_PRESETS_MAX} presets, remove one first`);
    }
    const row = await this.rows.create(name, toRowContent(content), actor);
    return row ? fromRow(row) : refuseName('is taken: change that preset, or choose another name');
  }

  /** Changes an own preset; when it is in force, so is the change. */
  async update(name: string, content: PresetContent, actor: string): Promise<Preset> {
    refuseBuiltIn(name);
    checkWeights(content.weights, this.config.current.gemini);
    const preset = fromRow((await this.rows.update(name, toRowContent(content), actor)) ?? unknown(name));
    if (this.current()?.name === name) await this.inForce.apply(preset, actor);
    return preset;
  }

  /** Removes an own preset, unless it is in force. */
  async remove(name: string, actor: string): Promise<void> {
    refuseBuiltIn(name);
    if (this.current()?.name === name) refuseName('is in force: apply another preset, or set weights, first');
    if (!(await this.rows.remove(name, actor))) unknown(name);
  }

  /** Puts a preset in force, on this replica at once. */
  async apply(name: string, actor: string): Promise<Preset> {
    const preset = await this.get(name);
    checkSomeServe(preset.weights, this.config.current.gemini);
    await this.inForce.apply(preset, actor);
    return preset;
  }

  /** Puts the configured weights in force. */
  async clear(actor: string): Promise<void> {
    await this.inForce.clear(actor);
  }

  /** What was done with presets, the newest first. */
  history(page: { readonly limit: number; readonly beforeId?: number }): Promise<WeightChange[]> {
    return this.rows.history(page);
  }

  /** The weight of every configured key. */
  effective(): EffectiveWeight[] {
    const { weights } = this.overrides.current;
    return this.config.current.gemini.api_keys.map(({ id, weight }) => {
      const ofPreset = weights.get(id);
      return ofPreset === undefined
        ? { key: id, weight, source: 'configuration' }
        : { key: id, weight: ofPreset, source: 'preset' };
    });
  }

  /** The strategy in force. */
  strategy(): StrategyName {
    return this.overrides.current.strategy ?? this.config.current.gemini.strategy;
  }

  /** The applied preset; undefined while configured weights are in force. */
  current(): AppliedPreset | undefined {
    return this.inForce.current;
  }
}

function toRowContent({ description, weights, strategy }: PresetContent): WeightPresetContent {
  return { description, weights, strategy: strategy ?? null };
}

function refuseName(message: string): never {
  throw new Fault('validation_failed', { violations: [{ path: 'name', message }] });
}

function unknown(name: string): never {
  throw new Fault('not_found', { detail: `There is no preset ${name}. GET /api/weights/presets lists them.` });
}
