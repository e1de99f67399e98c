import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { KeySecretEntity } from '../entities/key-secret.entity.js';

/** A secret that took the place of the configured one. Whatever is sealed here was sealed by the vault. */
export interface KeySecret {
  readonly keyId: string;
  readonly sealed: string;
  /** The fingerprint of the configured secret that it replaces; when that changes, the configuration counts again. */
  readonly replaces: string;
  /** The key's resource name at the provider, `projects/…/keys/…`, when it was made there. */
  readonly providerName: string | null;
  /** The secret before this one, until its calls have drained. */
  readonly previousSealed: string | null;
  /** The resource name of the key before this one, until it has been deleted at the provider. */
  readonly previousProviderName: string | null;
  readonly createdAtMs: number;
  readonly rotatedAtMs: number;
}

/** The replaced secrets, one per key. */
@Injectable()
export class KeySecretRepository {
  constructor(@InjectRepository(KeySecretEntity) private readonly rows: Repository<KeySecretEntity>) {}

  /** All replaced secrets, by key. */
  all(): Promise<KeySecret[]> {
    return this.rows.find({ order: { keyId: 'ASC' } });
  }

  /** Writes the whole row in place of the key's former one. */
  async put(secret: KeySecret): Promise<void> {
    await this.rows.upsert({ ...secret }, ['keyId']);
  }

  /** Drops what came before the key's present secret; the present one stays. */
  async forgetPrevious(keyId: string): Promise<void> {
    await this.rows.update({ keyId }, { previousSealed: null, previousProviderName: null });
  }

  /** Drops the key's secrets, so that the configured one counts again. */
  async remove(keyId: string): Promise<void> {
    await this.rows.delete({ keyId });
  }
}
