import { Injectable } from '@nestjs/common';
import { checkWeights } from '../../balancer/presets/preset-checks.js';
import { WeightPresets } from '../../balancer/presets/presets.service.js';
import { WeightTrials } from '../../balancer/presets/weight-trials.js';
import { ConfigStore } from '../../config/config.store.js';
import type { ConfigDocument } from '../../config/document/config-document.js';
import { Fault } from '../../kernel/errors/fault.js';
import { SettingsService } from '../../settings/settings.service.js';
import type { Plain } from '../transport/plain.js';
import { withWeights } from './configured-weights.js';
import { type SimulationDto, toSimulationDto, type TrialDto } from './simulation.dto.js';
import {
  type HistoryQueryDto,
  toAppliedPresetDto,
  toWeightChangeDto,
  type WeightChangeListDto,
  type WeightsDto,
} from './weights.dto.js';
import type { Weights } from './presets.dto.js';

const HISTORY_PAGE = 50;

/** Weights as the API shows and takes them. */
@Injectable()
export class WeightsService {
  constructor(
    private readonly presets: WeightPresets,
    private readonly trials: WeightTrials,
    private readonly settings: SettingsService,
    private readonly config: ConfigStore,
  ) {}

  /** What is in force now. */
  current(): Plain<WeightsDto> {
    const keys = this.presets.effective();
    const applied = this.presets.current();
    return {
      weights: Object.fromEntries(keys.map(({ key, weight }) => [key, weight])),
      keys,
      strategy: this.presets.strategy(),
      preset: applied ? toAppliedPresetDto(applied) : null,
    };
  }

  /**
   * Makes the weights a version of the configuration and puts it in force, in the place of an applied preset. Throws
   * `validation_failed` with the path of every mistake; then nothing has changed.
   */
  async set(weights: Weights, actor: string): Promise<Plain<WeightsDto>> {
    const edit = (document: ConfigDocument): ConfigDocument => {
      const { gemini } = this.config.current;
      checkWeights(weights, gemini);
      const ids = gemini.api_keys.map(({ id }) => id);
      return withWeights(document, weights, ids);
    };
    const summary = `weights of ${Object.keys(weights).join(', ')}`;
    const proposal = await this.settings.amend(edit, { actor, source: 'api', summary });
    if (!proposal.ok) throw new Fault('validation_failed', { violations: proposal.violations });
    await this.presets.clear(actor);
    return this.current();
  }

  async apply(name: string, actor: string): Promise<Plain<WeightsDto>> {
    await this.presets.apply(name, actor);
    return this.current();
  }

  /** Throws `validation_failed` unless exactly one thing is to be tried. */
  async simulate({ preset_name: name, weights, strategy }: TrialDto): Promise<Plain<SimulationDto>> {
    if (name !== undefined && weights === undefined && strategy === undefined) {
      return toSimulationDto(await this.trials.ofPreset(name));
    }
    if (name !== undefined || weights === undefined) {
      const message = 'give either preset_name, or weights with or without a strategy';
      throw new Fault('validation_failed', { violations: [{ path: 'preset_name', message }] });
    }
    return toSimulationDto(await this.trials.ofWeights({ weights, strategy }));
  }

  async history({ cursor, limit = HISTORY_PAGE }: HistoryQueryDto): Promise<Plain<WeightChangeListDto>> {
    const changes = await this.presets.history({ limit: limit + 1, beforeId: cursor });
    const page = changes.slice(0, limit);
    const next = changes.length > limit ? (page.at(-1)?.id ?? null) : null;
    return { items: page.map(toWeightChangeDto), next: next === null ? null : String(next) };
  }
}
