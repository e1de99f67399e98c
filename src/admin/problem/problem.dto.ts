import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ViolationDto {
  @ApiProperty({ example: 'password' })
  readonly path!: string;

  @ApiProperty({ example: 'password must be a string' })
  readonly message!: string;
}

export class ProblemDto {
  @ApiProperty({ example: 'urn:gemini-proxy:fault:token_expired' })
  readonly type!: string;

  @ApiProperty({ example: 'Token expired' })
  readonly title!: string;

  @ApiProperty({ example: 401 })
  readonly status!: number;

  @ApiProperty({ example: 'The token has expired. Ask the operator of this proxy for a new one.' })
  readonly detail!: string;

  @ApiProperty({ description: 'Stable name of the error.', example: 'token_expired' })
  readonly code!: string;

  @ApiProperty({ description: 'Finds the call in the log and in the audit.' })
  readonly request_id!: string;

  @ApiPropertyOptional({ type: [ViolationDto], description: 'On validation errors: every mistake.' })
  readonly errors?: readonly ViolationDto[];
}
