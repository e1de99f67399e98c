import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { Clock } from '../../kernel/clock.js';
import type { FaultCode } from '../../kernel/errors/fault-table.js';
import { Fault } from '../../kernel/errors/fault.js';
import { ANONYMOUS, type Principal } from '../../kernel/principal.js';
import { StoreGate } from '../../kernel/resilience/store-gate.js';
import {
  type EphemeralToken,
  EphemeralTokenRepository,
} from '../../persistence/repositories/ephemeral-token.repository.js';
import { Vault } from '../../vault/vault.js';
import { type LiveToken, liveTokenOf } from './live-token.js';
import { hashOfToken, isOurs } from './token-name.js';

const READS = { limitMs: 250, atOnce: 256 };

/** Short enough for the reason of a close frame. */
const DETAILS: Readonly<Partial<Record<FaultCode, string>>> = {
  token_malformed: 'This is no ephemeral token of this proxy. Mint one here with POST /v1alpha/auth_tokens.',
  token_invalid: 'The ephemeral token is unknown here. Mint another one with POST /v1alpha/auth_tokens.',
  token_expired: 'The ephemeral token has expired. Mint another one with POST /v1alpha/auth_tokens.',
  token_revoked: 'The ephemeral token was revoked. Mint another one with POST /v1alpha/auth_tokens.',
};

/** The fault of an ephemeral token that does not count, with what its holder can do. */
export function tokenFault(code: 'token_malformed' | 'token_invalid' | 'token_expired' | 'token_revoked'): Fault {
  return new Fault(code, { detail: DETAILS[code] });
}

/**
 * Tells whom an ephemeral token stands for. The row is asked at every upgrade, and again when the session begins, so a
 * revocation or the last use holds on every replica from then on: a session lasts so long that two reads do not matter.
 */
@Injectable()
export class EphemeralTokens {
  private readonly gate: StoreGate;
  private readonly behindOf = new WeakMap<Principal, LiveToken>();

  constructor(
    private readonly rows: EphemeralTokenRepository,
    private readonly vault: Vault,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {
    this.gate = new StoreGate(clock, READS);
  }

  /**
   * The client that minted the token; `credentialId` is the token's id.
   * @throws Fault token_malformed, token_invalid, token_expired, token_revoked, store_unavailable
   */
  async verify(name: string): Promise<Principal> {
    if (!isOurs(name)) throw tokenFault('token_malformed');
    const token = await this.read(hashOfToken(name));
    const { id: credentialId, expiresAtMs, client } = token;
    const owner: Principal =
      client === ANONYMOUS.id ? ANONYMOUS : { type: 'client', id: client, role: 'client', scopes: [] };
    const principal = { ...owner, credentialId, expiresAtMs };
    this.behindOf.set(principal, token);
    return principal;
  }

  /** The token with which a principal was identified; undefined when it was another credential. */
  behind(principal: Principal): LiveToken | undefined {
    return this.behindOf.get(principal);
  }

  /**
   * A new session begins: counted as a use, however many replicas are asked at once.
   * @throws Fault live_token_spent, token_expired, token_revoked, token_invalid, store_unavailable
   */
  async begin({ hash }: LiveToken): Promise<void> {
    if (await this.gate.pass(() => this.rows.use(hash, this.clock.now()))) return;
    await this.read(hash);
    throw new Fault('live_token_spent');
  }

  /** A session goes on, which is no use. @throws Fault token_expired, token_revoked, token_invalid, store_unavailable */
  async resume({ hash }: LiveToken): Promise<void> {
    await this.read(hash);
  }

  private async read(hash: string): Promise<LiveToken> {
    const row = await this.gate.pass(() => this.rows.byHash(hash));
    const token = row && this.isKnown(row) ? liveTokenOf(this.vault, row) : undefined;
    if (!row || !token) throw tokenFault('token_invalid');
    if (row.revokedAtMs !== null) throw tokenFault('token_revoked');
    if (row.expiresAtMs <= this.clock.now()) throw tokenFault('token_expired');
    return token;
  }

  /** What nobody in particular minted opens nothing once callers must say who they are. */
  private isKnown({ client }: EphemeralToken): boolean {
    return client !== ANONYMOUS.id || !this.config.current.auth.enabled;
  }
}
