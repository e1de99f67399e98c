import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { ProbeResult } from '../../balancer/health/key-probe.js';
import { KeyDto } from './key.dto.js';

const PROBE_RESULTS: readonly ProbeResult['kind'][] = ['well', 'refused', 'unreachable'];

export class NewSecretDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    writeOnly: true,
    description: 'The text of the new key; leave it out where gemini.rotation.provider makes one.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(4096)
  readonly key?: string | null;
}

export class ProbedKeyDto extends KeyDto {
  @ApiProperty({ enum: PROBE_RESULTS, description: 'unreachable: nothing was learned.' })
  readonly result!: ProbeResult['kind'];

  @ApiProperty({ type: String, nullable: true, description: 'null: the key is well.' })
  readonly reason!: string | null;
}
