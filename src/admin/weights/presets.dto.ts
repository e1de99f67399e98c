import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { Preset } from '../../balancer/presets/preset.js';
import type { PresetContent } from '../../balancer/presets/presets.service.js';
import { STRATEGY_NAMES, type StrategyName } from '../../balancer/strategies/strategy.js';
import type { Plain } from '../transport/plain.js';

export type Weights = Readonly<Record<string, number>>;

/** How weights are documented: numbers by names that are not known beforehand. */
export const WEIGHTS_SCHEMA = {
  type: 'object',
  additionalProperties: { type: 'integer', minimum: 0 },
  example: { primary: 100, backup: 0 },
} as const;

export class PresetNameDto {
  @ApiProperty()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    message: 'name must be a name of letters, digits, dots, dashes and underscores, at most 64 characters',
  })
  readonly name!: string;
}

export class PresetContentDto {
  @ApiPropertyOptional({ default: '' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  readonly description?: string;

  @ApiProperty({ ...WEIGHTS_SCHEMA, description: 'By key id. Keys that are not named keep their configured weight.' })
  @IsObject()
  readonly weights!: Weights;

  @ApiPropertyOptional({ enum: STRATEGY_NAMES, description: 'Default: the configured one.' })
  @IsOptional()
  @IsIn(STRATEGY_NAMES)
  readonly strategy?: StrategyName | null;
}

export class NewPresetDto extends PresetContentDto {
  @ApiProperty({ maxLength: 64 })
  @IsString()
  @MaxLength(64)
  readonly name!: string;
}

/** The body may have the name too, as every preset has; it must be that of the path. */
export class ChangedPresetDto extends PresetContentDto {
  @ApiPropertyOptional({ description: 'The name in the path; presets are not renamed.' })
  @IsOptional()
  @IsString()
  readonly name?: string;
}

export class PresetDto {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty()
  readonly description!: string;

  @ApiProperty(WEIGHTS_SCHEMA)
  readonly weights!: Weights;

  @ApiProperty({ enum: STRATEGY_NAMES, nullable: true })
  readonly strategy!: StrategyName | null;

  @ApiProperty({ description: 'Whether it comes with the proxy; its weights then follow the configuration.' })
  readonly built_in!: boolean;

  @ApiProperty({ description: 'Whether it is in force.' })
  readonly applied!: boolean;

  @ApiProperty({ type: String, nullable: true })
  readonly updated_by!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly updated_at!: string | null;
}

export class PresetListDto {
  @ApiProperty({ type: [PresetDto] })
  readonly items!: readonly Plain<PresetDto>[];

  @ApiProperty({ type: String, nullable: true, description: 'The cursor of the next page.' })
  readonly next!: string | null;
}

export function toPresetContent({ description = '', weights, strategy }: PresetContentDto): PresetContent {
  return { description, weights, strategy: strategy ?? undefined };
}

export function toPresetDto(preset: Preset, appliedName: string | undefined): Plain<PresetDto> {
  const { name, description, weights, strategy, updated } = preset;
  return {
    name,
    description,
    weights,
    strategy: strategy ?? null,
    built_in: updated === undefined,
    applied: name === appliedName,
    updated_by: updated?.by ?? null,
    updated_at: updated ? new Date(updated.atMs).toISOString() : null,
  };
}
