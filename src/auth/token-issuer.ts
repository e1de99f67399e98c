import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Plane, Role } from '../kernel/principal.js';
import { SigningRing } from './signing-ring.js';

export interface IssuedToken {
  readonly token: string;
  readonly jti: string;
  readonly expiresAt: Date;
}

interface Subject {
  readonly jti: string;
  readonly sub: string;
  readonly aud: Plane;
  readonly role: Role;
  readonly scope: string;
}

/** Makes this proxy's own tokens, signed with the current key of the ring. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly jwt: JwtService,
    private readonly ring: SigningRing,
    private readonly clock: Clock,
  ) {}

  /** A token for the data plane. */
  issueClientToken(options: { client: string; ttlMs: number; scopes?: readonly string[] }): Promise<IssuedToken> {
    const scope = (options.scopes ?? []).join(' ');
    return this.sign({ jti: newId(), sub: options.client, aud: 'data', role: 'client', scope }, options.ttlMs);
  }

  /** A token for the control plane; it counts as long as the session with the id `sessionId` does. */
  issueSessionToken(options: { sessionId: string; username: string; role: Role; ttlMs: number }): Promise<IssuedToken> {
    const { sessionId, username, role, ttlMs } = options;
    return this.sign({ jti: sessionId, sub: username, aud: 'control', role, scope: '' }, ttlMs);
  }

  private async sign(subject: Subject, ttlMs: number): Promise<IssuedToken> {
    if (!(ttlMs >= 1000)) throw new RangeError(`ttlMs must be at least 1000, got ${ttlMs}`);
    const { kid, secret } = this.ring.current;
    const iat = Math.floor(this.clock.now() / 1000);
    const exp = iat + Math.floor(ttlMs / 1000);
    const token = await this.jwt.signAsync({ ...subject, iat, exp }, { secret, algorithm: 'HS256', keyid: kid });
    return { token, jti: subject.jti, expiresAt: new Date(exp * 1000) };
  }
}
