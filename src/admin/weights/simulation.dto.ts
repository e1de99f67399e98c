import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import type { Simulation } from '../../balancer/presets/simulation.js';
import type { KeyOutcome, ModelOutcome, Portion } from '../../balancer/presets/tally.js';
import { STRATEGY_NAMES, type StrategyName } from '../../balancer/strategies/strategy.js';
import type { Plain } from '../transport/plain.js';
import { toTime } from '../transport/time.js';
import { type Weights, WEIGHTS_SCHEMA } from './presets.dto.js';

/** Either a preset, or weights with the strategy that goes with them. */
export class TrialDto {
  @ApiPropertyOptional({ description: 'The preset to try; leave it out to try weights.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly preset_name?: string;

  @ApiPropertyOptional({
    ...WEIGHTS_SCHEMA,
    description: 'By key id. Keys that are not named keep their configured weight.',
  })
  @IsOptional()
  @IsObject()
  readonly weights?: Weights;

  @ApiPropertyOptional({ enum: STRATEGY_NAMES, description: 'With weights; default: the configured one.' })
  @IsOptional()
  @IsIn(STRATEGY_NAMES)
  readonly strategy?: StrategyName;
}

export class PortionDto {
  @ApiProperty()
  readonly calls!: number;

  @ApiProperty({ description: 'Of all calls, 0 to 1.' })
  readonly share!: number;

  @ApiProperty({ description: 'Input tokens, as estimated before the calls.' })
  readonly tokens!: number;

  @ApiProperty({ description: 'Of all input tokens, 0 to 1.' })
  readonly token_share!: number;
}

export class KeyOutcomeDto {
  @ApiProperty()
  readonly key!: string;

  @ApiProperty({ type: Number, nullable: true, description: 'In the trial; null: the key is not configured any more.' })
  readonly weight!: number | null;

  @ApiProperty({ description: 'Calls that the key could have served.' })
  readonly eligible!: number;

  @ApiProperty({ type: PortionDto, description: 'What it had.' })
  readonly recorded!: Plain<PortionDto>;

  @ApiProperty({ type: PortionDto, description: 'What it would have had.' })
  readonly expected!: Plain<PortionDto>;

  @ApiProperty({ description: 'Of the share of calls; negative: it would have had less.' })
  readonly change!: number;
}

export class ModelOutcomeDto {
  @ApiProperty({ type: String, nullable: true, description: 'null: calls that name none.' })
  readonly model!: string | null;

  @ApiProperty()
  readonly calls!: number;

  @ApiProperty({ type: [KeyOutcomeDto] })
  readonly keys!: readonly Plain<KeyOutcomeDto>[];
}

export class SimulationDto {
  @ApiProperty({ enum: STRATEGY_NAMES })
  readonly strategy!: StrategyName;

  @ApiProperty({ description: 'Calls that this replica decided on and that were decided anew; 0: it had none yet.' })
  readonly decisions!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the first of them was made.' })
  readonly from!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the last of them was made.' })
  readonly until!: string | null;

  @ApiProperty({ description: 'Calls that another key would have served.' })
  readonly moved!: number;

  @ApiProperty({ description: 'Calls that no key of today could have served.' })
  readonly unserved!: number;

  @ApiProperty({ type: [KeyOutcomeDto] })
  readonly keys!: readonly Plain<KeyOutcomeDto>[];

  @ApiProperty({ type: [ModelOutcomeDto], description: 'The most used first, at most a hundred.' })
  readonly models!: readonly Plain<ModelOutcomeDto>[];
}

export function toSimulationDto(simulation: Simulation): Plain<SimulationDto> {
  const { fromMs, untilMs, keys, models, ...counts } = simulation;
  return {
    ...counts,
    from: toTime(fromMs),
    until: toTime(untilMs),
    keys: keys.map(toKeyOutcomeDto),
    models: models.map(toModelOutcomeDto),
  };
}

function toModelOutcomeDto({ model, calls, keys }: ModelOutcome): Plain<ModelOutcomeDto> {
  return { model: model ?? null, calls, keys: keys.map(toKeyOutcomeDto) };
}

function toKeyOutcomeDto({ key, weight, eligible, recorded, expected }: KeyOutcome): Plain<KeyOutcomeDto> {
  const change = expected.share - recorded.share;
  return {
    key,
    weight: weight ?? null,
    eligible,
    recorded: toPortionDto(recorded),
    expected: toPortionDto(expected),
    change,
  };
}

function toPortionDto({ calls, share, tokens, tokenShare }: Portion): Plain<PortionDto> {
  return { calls, share, tokens, token_share: tokenShare };
}
