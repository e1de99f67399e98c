import { Delete, Get, HttpCode, Param } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { Allow } from '../../auth/allow.decorator.js';
import type { Principal } from '../../kernel/principal.js';
import { Caller } from '../transport/caller.decorator.js';
import { ControlPlaneController } from '../transport/control-plane-controller.decorator.js';
import type { Plain } from '../transport/plain.js';
import { SessionIdDto, SessionListDto } from './session.dto.js';
import { SessionsService } from './sessions.service.js';

@ControlPlaneController('api/sessions', 'session')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  /** Every session that counts now, of all replicas. */
  @Get()
  @Allow('sessions:read')
  @ApiOkResponse({ type: SessionListDto })
  list(@Caller() caller: Principal): Promise<Plain<SessionListDto>> {
    return this.sessions.list(caller);
  }

  /** Revokes a session: its token is refused from then on. */
  @Delete(':id')
  @Allow('sessions:write')
  @Audited('AuthEvent')
  @HttpCode(204)
  @ApiNoContentResponse()
  revoke(@Param() { id }: SessionIdDto): Promise<void> {
    return this.sessions.revoke(id);
  }
}
