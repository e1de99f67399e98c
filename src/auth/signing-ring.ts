import { Injectable, type OnModuleInit } from '@nestjs/common';
import { newId } from '../kernel/ids.js';
import { type SigningKey, SigningKeyRepository } from '../persistence/repositories/signing-key.repository.js';
import { Vault } from '../vault/vault.js';
import { randomBytes } from 'node:crypto';

const PURPOSE = 'signing-key';
const KEY_BYTES = 32;

/** One key of the ring, ready for HMAC-SHA-256. */
export interface RingKey {
  readonly kid: string;
  readonly secret: Buffer;
}

/**
 * The keys that sign our own tokens. The newest signs; a token of any key in the ring is accepted. Replicas share the
 * ring through the database, where each key lies sealed.
 */
@Injectable()
export class SigningRing implements OnModuleInit {
  private keys: ReadonlyMap<string, RingKey> = new Map();
  private newest: RingKey | undefined;

  constructor(
    private readonly rows: SigningKeyRepository,
    private readonly vault: Vault,
  ) {}

  /** Loads the ring, and makes its first key unless another replica did. Throws when the master key does not fit. */
  async onModuleInit(): Promise<void> {
    const oldestFirst = await this.rows.ensureOne(() => this.make());
    const keys = oldestFirst.map((row) => this.unseal(row));
    this.keys = new Map(keys.map((key) => [key.kid, key]));
    this.newest = keys.at(-1);
  }

  /** The key that signs new tokens. */
  get current(): RingKey {
    if (this.newest === undefined) throw new Error('The signing ring is used before it is loaded.');
    return this.newest;
  }

  find(kid: string): RingKey | undefined {
    return this.keys.get(kid);
  }

  private make(): Omit<SigningKey, 'createdAt'> {
    return { kid: newId(), sealed: this.vault.seal(PURPOSE, randomBytes(KEY_BYTES).toString('base64url')) };
  }

  private unseal(row: SigningKey): RingKey {
    const text = this.vault.open(PURPOSE, row.sealed);
    if (text === undefined) {
      throw new Error(
        `The signing key ${row.kid} in the database cannot be opened with this master key. ` +
          'Start with the master key that sealed it, or delete the rows of the table signing_key, which makes every token invalid.',
      );
    }
    return { kid: row.kid, secret: Buffer.from(text, 'base64url') };
  }
}
