import { Body, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { Allow } from '../../auth/allow.decorator.js';
import type { Principal } from '../../kernel/principal.js';
import { Caller } from '../transport/caller.decorator.js';
import { ControlPlaneController } from '../transport/control-plane-controller.decorator.js';
import type { Plain } from '../transport/plain.js';
import { ChangedPresetDto, NewPresetDto, PresetDto, PresetListDto, PresetNameDto } from './presets.dto.js';
import { PresetsService } from './presets.service.js';

@ControlPlaneController('api/weights/presets', 'weights')
export class PresetsController {
  constructor(private readonly presets: PresetsService) {}

  /** Every preset, those that come with the proxy first. */
  @Get()
  @Allow('weights:read')
  @ApiOkResponse({ type: PresetListDto })
  list(): Promise<Plain<PresetListDto>> {
    return this.presets.list();
  }

  @Get(':name')
  @Allow('weights:read')
  @ApiOkResponse({ type: PresetDto })
  get(@Param() { name }: PresetNameDto): Promise<Plain<PresetDto>> {
    return this.presets.get(name);
  }

  /** Keeps a preset; it is not in force before it is applied. */
  @Post()
  @Allow('weights:write')
  @Audited('WeightChange')
  @ApiCreatedResponse({ type: PresetDto })
  create(@Body() body: NewPresetDto, @Caller() caller: Principal): Promise<Plain<PresetDto>> {
    return this.presets.create(body, caller);
  }

  /** Replaces a preset; when it is in force, so is the change. */
  @Put(':name')
  @Allow('weights:write')
  @Audited('WeightChange')
  @ApiOkResponse({ type: PresetDto })
  update(
    @Param() { name }: PresetNameDto,
    @Body() body: ChangedPresetDto,
    @Caller() caller: Principal,
  ): Promise<Plain<PresetDto>> {
    return this.presets.update(name, body, caller);
  }

  /** Removes a preset that is not in force. */
  @Delete(':name')
  @Allow('weights:write')
  @Audited('WeightChange')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param() { name }: PresetNameDto, @Caller() caller: Principal): Promise<void> {
    return this.presets.remove(name, caller);
  }
}
