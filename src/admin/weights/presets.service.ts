import { Injectable } from '@nestjs/common';
import { WeightPresets } from '../../balancer/presets/presets.service.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Principal } from '../../kernel/principal.js';
import type { Plain } from '../transport/plain.js';
import {
  type ChangedPresetDto,
  type NewPresetDto,
  type PresetDto,
  type PresetListDto,
  toPresetContent,
  toPresetDto,
} from './presets.dto.js';

/** Presets as the API shows and takes them. */
@Injectable()
export class PresetsService {
  constructor(private readonly presets: WeightPresets) {}

  async list(): Promise<Plain<PresetListDto>> {
    const presets = await this.presets.list();
    return { items: presets.map((preset) => toPresetDto(preset, this.appliedName)), next: null };
  }

  async get(name: string): Promise<Plain<PresetDto>> {
    return toPresetDto(await this.presets.get(name), this.appliedName);
  }

  async create(body: NewPresetDto, { id: actor }: Principal): Promise<Plain<PresetDto>> {
    return toPresetDto(await this.presets.create(body.name, toPresetContent(body), actor), this.appliedName);
  }

  async update(name: string, body: ChangedPresetDto, { id: actor }: Principal): Promise<Plain<PresetDto>> {
    if (body.name !== undefined && body.name !== name) {
      const message = 'must be the name in the path: make a new preset under the other name';
      throw new Fault('validation_failed', { violations: [{ path: 'name', message }] });
    }
    return toPresetDto(await this.presets.update(name, toPresetContent(body), actor), this.appliedName);
  }

  remove(name: string, { id: actor }: Principal): Promise<void> {
    return this.presets.remove(name, actor);
  }

  private get appliedName(): string | undefined {
    return this.presets.current()?.name;
  }
}
