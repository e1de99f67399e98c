import { Injectable } from '@nestjs/common';
import { AdminSessions } from '../../auth/admin-sessions.js';
import { LoginService } from '../../auth/login.service.js';
import type { Call } from '../../kernel/call.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Principal } from '../../kernel/principal.js';
import type { Plain } from '../transport/plain.js';
import {
  type AccessTokenDto,
  type LoginDto,
  type SessionDto,
  type SessionListDto,
  toAccessTokenDto,
  toSessionDto,
} from './session.dto.js';

/** Sessions as the API shows them. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly logins: LoginService,
    private readonly sessions: AdminSessions,
  ) {}

  /** Logs in; from then on the call belongs to the admin, so that the audit names who it was. */
  async open(call: Call, { username, password }: LoginDto): Promise<Plain<AccessTokenDto>> {
    const opened = await this.logins.login({ username, password, sourceIp: call.sourceIp });
    call.principal = opened.principal;
    return toAccessTokenDto(opened);
  }

  async current(caller: Principal): Promise<Plain<SessionDto>> {
    const session = await this.sessions.get(caller.credentialId ?? '');
    if (session === undefined) throw new Fault('token_revoked');
    return toSessionDto(session, session.id);
  }

  async close(caller: Principal): Promise<void> {
    await this.sessions.revoke(caller.credentialId ?? '');
  }

  async list(caller: Principal): Promise<Plain<SessionListDto>> {
    const sessions = await this.sessions.list();
    return { items: sessions.map((session) => toSessionDto(session, caller.credentialId)), next: null };
  }

  /** Throws `not_found` when no session with the id counts. */
  async revoke(id: string): Promise<void> {
    if (await this.sessions.revoke(id)) return;
    throw new Fault('not_found', { detail: 'No active session has this id. GET /api/sessions lists them.' });
  }
}
