import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { AppliedPreset } from '../../balancer/presets/preset-in-force.js';
import type { EffectiveWeight } from '../../balancer/presets/presets.service.js';
import { STRATEGY_NAMES, type StrategyName } from '../../balancer/strategies/strategy.js';
import type { WeightChange } from '../../persistence/repositories/weight-preset.repository.js';
import type { Plain } from '../transport/plain.js';
import { type Weights, WEIGHTS_SCHEMA } from './presets.dto.js';

export class NewWeightsDto {
  @ApiProperty({ ...WEIGHTS_SCHEMA, description: 'By key id. Keys that are not named keep their weight.' })
  @IsObject()
  readonly weights!: Weights;
}

export class ApplyPresetDto {
  @ApiProperty({ example: 'high_performance' })
  @IsString()
  @MaxLength(64)
  readonly preset_name!: string;
}

export class HistoryQueryDto {
  @ApiPropertyOptional({ description: '`next` of the page before.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  readonly cursor?: number;

  @ApiPropertyOptional({ default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  readonly limit?: number;
}

export class AppliedPresetDto {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty()
  readonly applied_by!: string;

  @ApiProperty({ format: 'date-time' })
  readonly applied_at!: string;
}

export class KeyWeightDto {
  @ApiProperty()
  readonly key!: string;

  @ApiProperty({ description: 'What counts. 0: only when no other key can be had.' })
  readonly weight!: number;

  @ApiProperty({ enum: ['preset', 'configuration'] })
  readonly source!: EffectiveWeight['source'];
}

export class WeightsDto {
  @ApiProperty({ ...WEIGHTS_SCHEMA, description: 'The effective weight of every key.' })
  readonly weights!: Weights;

  @ApiProperty({ type: [KeyWeightDto], description: 'The same, and where each comes from.' })
  readonly keys!: readonly Plain<KeyWeightDto>[];

  @ApiProperty({ enum: STRATEGY_NAMES })
  readonly strategy!: StrategyName;

  @ApiProperty({ type: AppliedPresetDto, nullable: true, description: 'null: configured weights are in force.' })
  readonly preset!: Plain<AppliedPresetDto> | null;
}

export class WeightChangeDto {
  @ApiProperty()
  readonly id!: number;

  @ApiProperty({ format: 'date-time' })
  readonly at!: string;

  @ApiProperty()
  readonly actor!: string;

  @ApiProperty({ enum: ['apply', 'clear', 'create', 'update', 'delete'] })
  readonly action!: WeightChange['action'];

  @ApiProperty({ type: String, nullable: true })
  readonly preset!: string | null;

  @ApiProperty({ ...WEIGHTS_SCHEMA, description: 'After the change; of a removed preset, before it.' })
  readonly weights!: Weights;

  @ApiProperty({ type: String, nullable: true })
  readonly strategy!: string | null;
}

export class WeightChangeListDto {
  @ApiProperty({ type: [WeightChangeDto], description: 'The newest first.' })
  readonly items!: readonly Plain<WeightChangeDto>[];

  @ApiProperty({ type: String, nullable: true, description: 'The cursor of the next page.' })
  readonly next!: string | null;
}

export function toAppliedPresetDto({ name, actor, sinceMs }: AppliedPreset): Plain<AppliedPresetDto> {
  return { name, applied_by: actor, applied_at: new Date(sinceMs).toISOString() };
}

export function toWeightChangeDto({ id, atMs, ...change }: WeightChange): Plain<WeightChangeDto> {
  const { actor, action, preset, weights, strategy } = change;
  return { id, at: new Date(atMs).toISOString(), actor, action, preset, weights, strategy };
}
