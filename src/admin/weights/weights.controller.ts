import { Body, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { Allow } from '../../auth/allow.decorator.js';
import type { Principal } from '../../kernel/principal.js';
import { Caller } from '../transport/caller.decorator.js';
import { ControlPlaneController } from '../transport/control-plane-controller.decorator.js';
import type { Plain } from '../transport/plain.js';
import { SimulationDto, TrialDto } from './simulation.dto.js';
import { ApplyPresetDto, HistoryQueryDto, NewWeightsDto, WeightChangeListDto, WeightsDto } from './weights.dto.js';
import { WeightsService } from './weights.service.js';

@ControlPlaneController('api/weights', 'weights')
export class WeightsController {
  constructor(private readonly weights: WeightsService) {}

  /** What is in force: the effective weight of every key, the strategy and the applied preset. */
  @Get()
  @Allow('weights:read')
  @ApiOkResponse({ type: WeightsDto })
  current(): Plain<WeightsDto> {
    return this.weights.current();
  }

  /** Changes configured weights: a version of the configuration, in the place of an applied preset. */
  @Put()
  @Allow('weights:write')
  @Audited('WeightChange')
  @ApiOkResponse({ type: WeightsDto })
  set(@Body() { weights }: NewWeightsDto, @Caller() { id }: Principal): Promise<Plain<WeightsDto>> {
    return this.weights.set(weights, id);
  }

  /** Puts a preset in force. */
  @Post('apply')
  @Allow('weights:write')
  @Audited('WeightChange')
  @HttpCode(200)
  @ApiOkResponse({ type: WeightsDto })
  apply(@Body() { preset_name: name }: ApplyPresetDto, @Caller() { id }: Principal): Promise<Plain<WeightsDto>> {
    return this.weights.apply(name, id);
  }

  /** What a preset or weights would have made of the last calls of this replica, at most 10,000; nothing changes. */
  @Post('simulate')
  @Allow('weights:read')
  @HttpCode(200)
  @ApiOkResponse({ type: SimulationDto })
  simulate(@Body() trial: TrialDto): Promise<Plain<SimulationDto>> {
    return this.weights.simulate(trial);
  }

  /** What was done with presets. */
  @Get('history')
  @Allow('weights:read')
  @ApiOkResponse({ type: WeightChangeListDto })
  history(@Query() query: HistoryQueryDto): Promise<Plain<WeightChangeListDto>> {
    return this.weights.history(query);
  }
}
