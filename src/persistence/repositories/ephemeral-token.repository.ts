import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, IsNull, MoreThan, Repository } from 'typeorm';
import { EphemeralTokenEntity } from '../entities/ephemeral-token.entity.js';

/** A short-lived token for live sessions, minted for a client. */
export interface EphemeralToken {
  /** Random, and no secret. */
  readonly id: string;
  /** SHA-256 of the token that the caller holds. */
  readonly hash: string;
  readonly client: string;
  /** The credential that the caller asked with. */
  readonly credentialId: string | null;
  readonly project: string;
  readonly keyId: string;
  /** The provider's token, sealed by the vault. */
  readonly sealed: string;
  /** How many sessions it may begin; null: any number. */
  readonly uses: number | null;
  readonly used: number;
  readonly createdAtMs: number;
  /** From then on it begins no session. */
  readonly newSessionExpiresAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | null;
}

const USE = `
  UPDATE ephemeral_token SET used = used + 1
  WHERE hash = $1 AND revoked_at IS NULL AND expires_at > $2 AND new_session_expires_at > $2
    AND (uses IS NULL OR used < uses)`;

/** Another replica may be removing the same rows: it is not waited for. */
const REMOVE_EXPIRED = `
  DELETE FROM ephemeral_token WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ephemeral_token WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))`;

/** The ephemeral tokens of all clients; one is live until it expires or is revoked. */
@Injectable()
export class EphemeralTokenRepository {
  constructor(@InjectRepository(EphemeralTokenEntity) private readonly rows: Repository<EphemeralTokenEntity>) {}

  /** Adds a token that nobody has used. */
  async add(token: Omit<EphemeralToken, 'used' | 'revokedAtMs'>): Promise<void> {
    await this.rows.insert({ ...token, used: 0, revokedAtMs: null });
  }

  /** The token, also when it has expired, was revoked or is used up. */
  async byHash(hash: string): Promise<EphemeralToken | undefined> {
    return (await this.rows.findOneBy({ hash })) ?? undefined;
  }

  /** Counts the beginning of a session; false, and nothing is counted, when the token may not begin one. */
  async use(hash: string, nowMs: number): Promise<boolean> {
    const [, used] = await this.rows.query<[unknown, number]>(USE, [hash, new Date(nowMs)]);
    return used === 1;
  }

  /** How many live tokens the client has. */
  countLive(client: string, nowMs: number): Promise<number> {
    return this.rows.countBy(liveOf(client, nowMs));
  }

  /** The client's live tokens, the newest first. */
  list(client: string, nowMs: number): Promise<EphemeralToken[]> {
    return this.rows.find({ where: liveOf(client, nowMs), order: { createdAtMs: 'DESC', id: 'ASC' } });
  }

  /**
   * Ends the token for good; with a client, only when it is that client's. False when there is none, or it was revoked
   * before.
   */
  async revoke(id: string, client: string | undefined): Promise<boolean> {
    return (await this.revokeWhere(client === undefined ? { id } : { id, client })) === 1;
  }

  /** Ends all tokens of the client for good, and returns how many. */
  revokeOfClient(client: string): Promise<number> {
    return this.revokeWhere({ client });
  }

  /** Removes at most `limit` tokens that have expired, the oldest first, and returns how many. */
  async removeExpired(nowMs: number, limit: number): Promise<number> {
    const [, removed] = await this.rows.query<[unknown, number]>(REMOVE_EXPIRED, [new Date(nowMs), limit]);
    return removed;
  }

  private async revokeWhere(where: FindOptionsWhere<EphemeralTokenEntity>): Promise<number> {
    const { affected } = await this.rows.update(
      { ...where, revokedAtMs: IsNull() },
      { revokedAtMs: () => 'clock_timestamp()' },
    );
    return affected ?? 0;
  }
}

function liveOf(client: string, nowMs: number): FindOptionsWhere<EphemeralTokenEntity> {
  return { client, revokedAtMs: IsNull(), expiresAtMs: MoreThan(nowMs) };
}
