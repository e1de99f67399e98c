import { Injectable } from '@nestjs/common';
import { JwtService, TokenExpiredError } from '@nestjs/jwt';
import { z } from 'zod';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';

// Far above what our own tokens need; longer input is not worth decoding.
const TOKEN_CHARACTERS_MAX = 8192;

const headSchema = z.object({ header: z.object({ kid: z.string().optional() }) });

/** Checks signature and expiry of a JWT. HS256 alone is accepted, whatever the token's header says. */
@Injectable()
export class TokenSignature {
  constructor(
    private readonly jwt: JwtService,
    private readonly clock: Clock,
  ) {}

  /** The unverified key id of a token, undefined when it has none. Throws `token_malformed` for what is not a JWT. */
  kidOf(token: string): string | undefined {
    const head = token.length > TOKEN_CHARACTERS_MAX ? undefined : headSchema.safeParse(this.decode(token)).data;
    if (head === undefined) throw new Fault('token_malformed');
    return head.header.kid;
  }

  /** The claims, when one of the secrets signed the token. Throws `token_expired` or `token_invalid`. */
  check(token: string, secrets: readonly (string | Buffer)[]): unknown {
    let failure: unknown;
    for (const secret of secrets) {
      try {
        return this.verify(token, secret);
      } catch (error) {
        if (error instanceof TokenExpiredError) throw new Fault('token_expired', { cause: error });
        failure = error;
      }
    }
    throw new Fault('token_invalid', { cause: failure });
  }

  private verify(token: string, secret: string | Buffer): unknown {
    const clockTimestamp = Math.floor(this.clock.now() / 1000);
    return this.jwt.verify<object>(token, { secret, algorithms: ['HS256'], clockTimestamp, ignoreNotBefore: true });
  }

  private decode(token: string): unknown {
    try {
      return this.jwt.decode<unknown>(token, { complete: true });
    } catch {
      return undefined;
    }
  }
}
