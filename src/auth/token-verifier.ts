import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';
import type { Plane, Principal } from '../kernel/principal.js';
import { AdminSessions } from './admin-sessions.js';
import { OwnTokens } from './own-tokens.js';
import { SharedSecretTokens } from './shared-secret-tokens.js';
import { TokenCache } from './token-cache.js';
import { TokenSignature } from './token-signature.js';
import type { VerifiedToken } from './verified-token.js';

const CACHED_TOKENS = 10_000;

/**
 * Tells who a token stands for. Signatures are checked once and remembered until the token expires; whether a token
 * still counts (its plane, its expiry, its session) is asked on every call, so a revocation needs no invalidation.
 */
@Injectable()
export class TokenVerifier implements OnModuleDestroy {
  private readonly cache = new TokenCache(CACHED_TOKENS);
  private readonly unsubscribe: () => void;

  constructor(
    private readonly signature: TokenSignature,
    private readonly own: OwnTokens,
    private readonly shared: SharedSecretTokens,
    private readonly sessions: AdminSessions,
    private readonly clock: Clock,
    config: ConfigStore,
  ) {
    // Another secret, or other rules for tokens made elsewhere, may refuse what was accepted.
    this.unsubscribe = config.onChange(() => {
      this.cache.clear();
    });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /**
   * Synchronous, except for a session that another replica opened. Throws `token_malformed`, `token_invalid`,
   * `token_expired`, `token_wrong_audience`, `token_revoked`.
   */
  verify(token: string, plane: Plane): Principal | Promise<Principal> {
    const key = TokenCache.keyOf(token);
    const verified = this.cache.get(key) ?? this.read(token, key);
    if (verified.expiresAt <= this.clock.now()) {
      this.cache.delete(key);
      throw new Fault('token_expired');
    }
    if (verified.plane !== plane) throw new Fault('token_wrong_audience');
    return plane === 'data' ? verified.principal : this.withSession(verified.principal);
  }

  private read(token: string, key: string): VerifiedToken {
    const kid = this.signature.kidOf(token);
    const verified = kid === undefined ? this.shared.verify(token) : this.own.verify(token, kid);
    this.cache.set(key, verified);
    return verified;
  }

  private withSession(principal: Principal): Principal | Promise<Principal> {
    const id = principal.credentialId ?? '';
    if (this.sessions.isActive(id)) return principal;
    return this.sessions.adopt(id).then((active) => {
      if (!active) throw new Fault('token_revoked');
      return principal;
    });
  }
}
