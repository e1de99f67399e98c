import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import type { OpenedSession } from '../../auth/login.service.js';
import { ROLES, type Role } from '../../kernel/principal.js';
import type { AdminSession } from '../../persistence/repositories/admin-session.repository.js';
import type { Plain } from '../transport/plain.js';

export class LoginDto {
  @ApiPropertyOptional({ default: 'admin' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  readonly username?: string;

  @ApiProperty({ format: 'password' })
  @IsString()
  @MinLength(1)
  @MaxLength(1024)
  readonly password!: string;
}

export class SessionIdDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  readonly id!: string;
}

export class AccessTokenDto {
  @ApiProperty({ description: 'Send it as `Authorization: Bearer`.' })
  readonly access_token!: string;

  @ApiProperty({ enum: ['Bearer'] })
  readonly token_type!: 'Bearer';

  @ApiProperty({ description: 'Seconds.' })
  readonly expires_in!: number;

  @ApiProperty()
  readonly session_id!: string;
}

export class SessionDto {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ description: 'Whether it is the session that asks.' })
  readonly current!: boolean;

  @ApiProperty()
  readonly username!: string;

  @ApiProperty({ enum: ROLES })
  readonly role!: Role;

  @ApiProperty({ format: 'date-time' })
  readonly created_at!: string;

  @ApiProperty({ format: 'date-time' })
  readonly last_seen_at!: string;

  @ApiProperty({ format: 'date-time' })
  readonly expires_at!: string;

  @ApiProperty()
  readonly source_ip!: string;
}

export class SessionListDto {
  @ApiProperty({ type: [SessionDto] })
  readonly items!: Plain<SessionDto>[];

  @ApiProperty({ type: String, nullable: true, description: 'The cursor of the next page.' })
  readonly next!: string | null;
}

export function toAccessTokenDto(opened: OpenedSession): Plain<AccessTokenDto> {
  return {
    access_token: opened.accessToken,
    token_type: 'Bearer',
    expires_in: opened.expiresInSeconds,
    session_id: opened.sessionId,
  };
}

export function toSessionDto(session: AdminSession, currentId: string | undefined): Plain<SessionDto> {
  return {
    id: session.id,
    current: session.id === currentId,
    username: session.username,
    role: session.role,
    created_at: session.createdAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    source_ip: session.sourceIp,
  };
}
