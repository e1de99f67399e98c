import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Fault } from '../kernel/errors/fault.js';
import { ROLES } from '../kernel/principal.js';
import { SigningRing } from './signing-ring.js';
import { TokenSignature } from './token-signature.js';
import type { VerifiedToken } from './verified-token.js';

const claimsSchema = z.object({
  jti: z.string().min(1),
  sub: z.string().min(1),
  aud: z.enum(['data', 'control']),
  role: z.enum(ROLES),
  scope: z.string().default(''),
  exp: z.number(),
});

/** Verifies the tokens that this proxy made: those with a `kid`. */
@Injectable()
export class OwnTokens {
  constructor(
    private readonly signature: TokenSignature,
    private readonly ring: SigningRing,
  ) {}

  /** Throws `token_invalid` or `token_expired`. */
  verify(token: string, kid: string): VerifiedToken {
    const key = this.ring.find(kid);
    if (key === undefined) throw new Fault('token_invalid');
    const claims = claimsSchema.safeParse(this.signature.check(token, [key.secret]));
    if (!claims.success) throw new Fault('token_invalid', { cause: claims.error });
    const { jti, sub, aud, role, scope, exp } = claims.data;
    const scopes = scope.split(' ').filter((item) => item !== '');
    const type = aud === 'data' ? 'client' : 'admin';
    const expiresAtMs = exp * 1000;
    const principal = { type, id: sub, role, scopes, credentialId: jti, expiresAtMs } as const;
    return { plane: aud, principal, expiresAt: expiresAtMs };
  }
}
