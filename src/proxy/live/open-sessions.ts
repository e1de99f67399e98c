import { Injectable } from '@nestjs/common';
import { tokenFault } from '../../auth/ephemeral/ephemeral-tokens.js';
import { TokenMint } from '../../auth/ephemeral/token-mint.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Exchange } from '../exchange.js';

/** The Live sessions of this replica, from their handshake to their end, by the credential that opened them. */
@Injectable()
export class OpenSessions {
  private readonly byCredential = new Map<string, Set<Exchange>>();

  constructor(mint: TokenMint) {
    mint.onRevoked((id) => {
      this.closeOf(id, tokenFault('token_revoked'));
    });
  }

  /** How many sessions a credential has open. */
  countOf(credentialId: string): number {
    return this.byCredential.get(credentialId)?.size ?? 0;
  }

  /** Notes a session until it settles; callers without a credential of their own are not told apart. */
  add(exchange: Exchange): void {
    const id = exchange.principal?.credentialId;
    if (id === undefined) return;
    const sessions = this.byCredential.get(id) ?? new Set();
    this.byCredential.set(id, sessions.add(exchange));
    void exchange.settled.then(() => {
      sessions.delete(exchange);
      if (sessions.size === 0) this.byCredential.delete(id);
    });
  }

  /** Closes every session that the credential opened, at once; returns how many. */
  closeOf(credentialId: string, why = new Fault('token_revoked')): number {
    const sessions = [...(this.byCredential.get(credentialId) ?? [])];
    for (const session of sessions) end(session, why);
    return sessions.length;
  }
}

/** Ends a session with a fault; upstream is let go at once, whether or not the caller answers the close frame. */
export function end(session: Exchange, why: Fault): void {
  void session.fail(why);
  session.cancel?.();
}
