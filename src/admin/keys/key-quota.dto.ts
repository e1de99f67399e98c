import { ApiProperty } from '@nestjs/swagger';
import type { QuotaState } from '../../balancer/keys/key-overview.js';
import type { Dimension } from '../../balancer/quota/limits.js';
import type { Plain } from '../transport/plain.js';
import { toTime } from '../transport/time.js';

export class QuotaDto {
  @ApiProperty()
  readonly used!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'null: none is known.' })
  readonly limit!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'What is left; null: no limit is known.' })
  readonly room!: number | null;
}

export class DayQuotaDto extends QuotaDto {
  @ApiProperty({ format: 'date-time', description: 'The next midnight in California.' })
  readonly resets_at!: string;
}

export class ModelQuotaDto {
  @ApiProperty({ description: 'Empty: calls that name none.' })
  readonly model!: string;

  @ApiProperty({ type: QuotaDto, description: 'Requests of the last minute.' })
  readonly rpm!: Plain<QuotaDto>;

  @ApiProperty({ type: QuotaDto, description: 'Input tokens of the last minute.' })
  readonly tpm!: Plain<QuotaDto>;

  @ApiProperty({ type: DayQuotaDto, description: 'Requests of the day.' })
  readonly rpd!: Plain<DayQuotaDto>;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Since when limits that Google told are believed; null: it told none.',
  })
  readonly learned_at!: string | null;
}

export class KeyQuotaDto {
  @ApiProperty({ description: 'The project whose quota it is: all of its keys share it.' })
  readonly project!: string;

  @ApiProperty({ type: [ModelQuotaDto], description: 'The models that calls have asked for.' })
  readonly items!: readonly Plain<ModelQuotaDto>[];

  @ApiProperty({ type: String, nullable: true, description: 'The cursor of the next page.' })
  readonly next!: string | null;
}

/** @param dayEndMs the next Pacific midnight. */
export function toModelQuotaDto(quota: QuotaState, dayEndMs: number): Plain<ModelQuotaDto> {
  return {
    model: quota.model,
    rpm: toQuotaDto(quota, 'rpm'),
    tpm: toQuotaDto(quota, 'tpm'),
    rpd: { ...toQuotaDto(quota, 'rpd'), resets_at: new Date(dayEndMs).toISOString() },
    learned_at: toTime(quota.learnedAtMs),
  };
}

function toQuotaDto({ dimensions }: QuotaState, name: Dimension): Plain<QuotaDto> {
  const { used, limit } = dimensions.find(({ dimension }) => dimension === name) ?? { used: 0, limit: Infinity };
  if (limit === Infinity) return { used, limit: null, room: null };
  return { used, limit, room: Math.max(0, limit - used) };
}
