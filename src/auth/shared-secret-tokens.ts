import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ProxyConfig } from '../config/schema.js';
import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';
import { TokenSignature } from './token-signature.js';
import type { VerifiedToken } from './verified-token.js';

/** How far the clock of another machine may be ahead of ours, for `iat` and `nbf`. */
const CLOCK_SKEW_MS = 60_000;

const claimsSchema = z.object({
  sub: z.string().min(1).max(256),
  role: z.string(),
  iat: z.number(),
  exp: z.number(),
  nbf: z.number().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  jti: z.string().min(1).optional(),
});
type Claims = z.output<typeof claimsSchema>;
type Rules = ProxyConfig['auth']['shared_secret'];

/**
 * Verifies tokens that others made with `auth.jwt_secret`: those without a `kid`. They open the data plane only, as a
 * client, whatever role and scopes they claim.
 */
@Injectable()
export class SharedSecretTokens {
  constructor(
    private readonly signature: TokenSignature,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /** Throws `token_invalid`, `token_expired` or `token_wrong_audience`. */
  verify(token: string): VerifiedToken {
    const { jwt_secret: secret, shared_secret: rules } = this.config.current.auth;
    if (!rules.enabled || secret === undefined) throw new Fault('token_invalid');
    const claims = claimsSchema.safeParse(this.signature.check(token, secretForms(secret.reveal())));
    if (!claims.success) {
      throw refusal('A token made with the shared secret needs the claims sub, role, iat and exp.');
    }
    this.judge(claims.data, rules);
    const { sub, jti, exp } = claims.data;
    return {
      plane: 'data',
      principal: {
        type: 'client',
        id: sub,
        role: 'client',
        scopes: [],
        expiresAtMs: exp * 1000,
        ...(jti !== undefined && { credentialId: jti }),
      },
      expiresAt: exp * 1000,
    };
  }

  private judge(claims: Claims, rules: Rules): void {
    const latestStartMs = this.clock.now() + CLOCK_SKEW_MS;
    if (!rules.roles.some((role) => role === claims.role)) {
      throw refusal('The role of this token is not one of auth.shared_secret.roles. Make the token with one of them.');
    }
    if ((claims.exp - claims.iat) * 1000 > rules.max_ttl) {
      throw refusal('The token lives longer than auth.shared_secret.max_ttl allows. Make one with an earlier exp.');
    }
    // A later iat would stretch the life that max_ttl bounds.
    if (Math.max(claims.iat, claims.nbf ?? 0) * 1000 > latestStartMs) {
      throw refusal('The token is not valid yet. Check iat, nbf and the clock of the machine that made it.');
    }
    if (rules.audience !== undefined && ![claims.aud].flat().includes(rules.audience)) {
      throw new Fault('token_wrong_audience');
    }
  }
}

/**
 * The secret as it was given and without its line breaks: `openssl rand -base64 64` prints two lines, and who makes
 * the tokens may have kept the breaks, cut the last one (as `$(…)` does) or removed all of them.
 */
export function secretForms(secret: string): readonly string[] {
  const forms = new Set([secret, secret.replace(/[\r\n]+$/, ''), secret.replace(/[\r\n]+/g, '')]);
  return [...forms].filter((form) => form !== '');
}

function refusal(detail: string): Fault {
  return new Fault('token_invalid', { detail });
}
