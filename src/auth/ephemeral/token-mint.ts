import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { newId } from '../../kernel/ids.js';
import { StoreGate } from '../../kernel/resilience/store-gate.js';
import {
  type EphemeralToken,
  EphemeralTokenRepository,
} from '../../persistence/repositories/ephemeral-token.repository.js';
import { Vault } from '../../vault/vault.js';
import { sealUpstreamToken, type UpstreamToken } from './live-token.js';
import { hashOfToken, newTokenName } from './token-name.js';

/** Live tokens that a client may have at a time. */
const TOKENS_MAX = 100;

const READS = { limitMs: 250, atOnce: 256 };
const WRITES = { limitMs: 5_000, atOnce: 256 };

/** What is written of a new token. */
export interface NewToken extends Pick<
  EphemeralToken,
  'client' | 'credentialId' | 'project' | 'keyId' | 'uses' | 'newSessionExpiresAtMs' | 'expiresAtMs'
> {
  readonly upstream: UpstreamToken;
}

export interface MintedToken {
  readonly id: string;
  /** What the caller gets, and nobody can read here afterwards. */
  readonly name: string;
}

/** What the owner of a token may know of it. */
export type OwnToken = Pick<EphemeralToken, 'id' | 'uses' | 'newSessionExpiresAtMs' | 'expiresAtMs'>;

type Listener = (id: string) => void;

/** Makes ephemeral tokens, and ends them. Everything throws the Fault store_unavailable when the database is away. */
@Injectable()
export class TokenMint {
  private readonly reads: StoreGate;
  private readonly writes: StoreGate;
  private readonly listeners = new Set<Listener>();
  /** Places that are taken, by client, for tokens that are not written yet. */
  private readonly taken = new Map<string, number>();

  constructor(
    private readonly rows: EphemeralTokenRepository,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {
    this.reads = new StoreGate(clock, READS);
    this.writes = new StoreGate(clock, WRITES);
  }

  /** Takes a place for one more token of the client; the function gives it back. @throws Fault live_tokens_exhausted */
  async reserve(client: string): Promise<() => void> {
    const release = this.take(client);
    // Counted before the rows are: a token that is written meanwhile counts twice rather than never.
    const taken = this.taken.get(client) ?? 0;
    try {
      const live = await this.reads.pass(() => this.rows.countLive(client, this.clock.now()));
      if (live + taken > TOKENS_MAX) throw new Fault('live_tokens_exhausted');
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Writes a token and resolves when its row is there. */
  async add({ upstream, ...token }: NewToken): Promise<MintedToken> {
    const [id, name] = [newId(), newTokenName()];
    const sealed = sealUpstreamToken(this.vault, upstream);
    const row = { ...token, id, hash: hashOfToken(name), sealed, createdAtMs: this.clock.now() };
    await this.writes.pass(() => this.rows.add(row));
    return { id, name };
  }

  /** The client's own token, also when it is spent; undefined for everybody else's. */
  async find(name: string, client: string): Promise<OwnToken | undefined> {
    const row = await this.reads.pass(() => this.rows.byHash(hashOfToken(name)));
    return row?.client === client && row.revokedAtMs === null ? row : undefined;
  }

  /** Ends a token of the client for good; false when there was nothing to end. */
  async revoke(id: string, client: string): Promise<boolean> {
    const isRevoked = await this.writes.pass(() => this.rows.revoke(id, client));
    if (isRevoked) for (const listener of this.listeners) listener(id);
    return isRevoked;
  }

  /** Calls `listener` with the id of every token that is revoked on this replica. */
  onRevoked(listener: Listener): void {
    this.listeners.add(listener);
  }

  private take(client: string): () => void {
    this.taken.set(client, (this.taken.get(client) ?? 0) + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.taken.get(client) ?? 1) - 1;
      if (left > 0) this.taken.set(client, left);
      else this.taken.delete(client);
    };
  }
}
