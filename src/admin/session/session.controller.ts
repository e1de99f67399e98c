import { Body, Get, HttpCode, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiUnauthorizedResponse } from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { Authenticated, Open } from '../../auth/allow.decorator.js';
import type { Call } from '../../kernel/call.js';
import type { Principal } from '../../kernel/principal.js';
import { Caller, CurrentCall } from '../transport/caller.decorator.js';
import { ControlPlaneController } from '../transport/control-plane-controller.decorator.js';
import type { Plain } from '../transport/plain.js';
import { AccessTokenDto, LoginDto, SessionDto } from './session.dto.js';
import { SessionsService } from './sessions.service.js';

@ControlPlaneController('auth', 'session')
export class SessionController {
  constructor(private readonly sessions: SessionsService) {}

  /** Opens a session. */
  @Post('login')
  @Open()
  @Audited('AuthEvent')
  @HttpCode(200)
  @ApiOkResponse({ type: AccessTokenDto })
  @ApiUnauthorizedResponse({ description: 'The user name or the password is wrong.' })
  login(@Body() body: LoginDto, @CurrentCall() call: Call): Promise<Plain<AccessTokenDto>> {
    return this.sessions.open(call, body);
  }

  /** Ends the session of the token that is sent. */
  @Post('logout')
  @Authenticated()
  @Audited('AuthEvent')
  @HttpCode(204)
  @ApiNoContentResponse()
  logout(@Caller() caller: Principal): Promise<void> {
    return this.sessions.close(caller);
  }

  /** The session of the token that is sent. */
  @Get('session')
  @Authenticated()
  @ApiOkResponse({ type: SessionDto })
  current(@Caller() caller: Principal): Promise<Plain<SessionDto>> {
    return this.sessions.current(caller);
  }
}
