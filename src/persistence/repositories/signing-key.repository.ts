import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { lockInTransaction } from '../advisory-locks.js';
import { SigningKeyEntity } from '../entities/signing-key.entity.js';

/** A key that signs this proxy's own tokens. */
export interface SigningKey {
  readonly kid: string;
  /** Sealed by the vault for the purpose `signing-key`. */
  readonly sealed: string;
  readonly createdAt: Date;
}

/** The signing keys that all replicas share. */
@Injectable()
export class SigningKeyRepository {
  constructor(@InjectRepository(SigningKeyEntity) private readonly rows: Repository<SigningKeyEntity>) {}

  /** All keys, the oldest first. */
  list(): Promise<SigningKey[]> {
    return this.rows.find({ order: { createdAt: 'ASC', kid: 'ASC' } });
  }

  /** All keys, after inserting a new one if there was none; of replicas that start at once only the first inserts. */
  async ensureOne(make: () => Omit<SigningKey, 'createdAt'>): Promise<SigningKey[]> {
    if (!(await this.rows.exists())) await this.insertFirst(make);
    return this.list();
  }

  private async insertFirst(make: () => Omit<SigningKey, 'createdAt'>): Promise<void> {
    await this.rows.manager.transaction(async (manager) => {
      await lockInTransaction(manager, 'signing_key');
      if (!(await manager.exists(SigningKeyEntity))) await manager.insert(SigningKeyEntity, make());
    });
  }
}
