import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';
import { newId } from '../kernel/ids.js';
import type { Principal } from '../kernel/principal.js';
import { ProxyMetrics } from '../metrics/proxy-metrics.js';
import { ADMIN_USERNAME, AdminAccounts } from './admin-accounts.js';
import { AdminSessions } from './admin-sessions.js';
import { TokenIssuer } from './token-issuer.js';

export interface Login {
  readonly username?: string;
  readonly password: string;
  readonly sourceIp: string;
}

export interface OpenedSession {
  readonly sessionId: string;
  readonly principal: Principal;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}

/** Opens sessions for admins who show the right password. */
@Injectable()
export class LoginService {
  constructor(
    private readonly accounts: AdminAccounts,
    private readonly sessions: AdminSessions,
    private readonly tokens: TokenIssuer,
    private readonly config: ConfigStore,
    private readonly metrics: ProxyMetrics,
    private readonly clock: Clock,
  ) {}

  /** Throws `login_failed`, which never says what was wrong, or `store_unavailable`. */
  async login({ username = ADMIN_USERNAME, password, sourceIp }: Login): Promise<OpenedSession> {
    const account = await this.accounts.authenticate(username, password);
    if (account === undefined) {
      this.metrics.authFailure('control', 'login_failed');
      throw new Fault('login_failed');
    }
    const sessionId = newId();
    const createdAt = new Date(this.clock.now());
    const ttlMs = this.config.current.auth.session_ttl;
    const { token, expiresAt } = await this.tokens.issueSessionToken({ sessionId, ...account, ttlMs });
    await this.sessions.open({ id: sessionId, ...account, createdAt, expiresAt, sourceIp });
    const principal: Principal = {
      type: 'admin',
      id: username,
      role: account.role,
      scopes: [],
      credentialId: sessionId,
    };
    return { sessionId, principal, accessToken: token, expiresInSeconds: Math.floor(ttlMs / 1000) };
  }
}
