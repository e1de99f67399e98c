import { mkdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

import { Injectable, Logger } from '@nestjs/common';

import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import { AuditHeadRepository } from '../persistence/repositories/audit-head.repository.js';
import { Vault } from '../vault/vault.js';
import { AUDIT_CHAIN_PURPOSE, toChainKey } from './chain-key.js';
import { ChainWriter } from './chain-writer.js';
import { errorLabel } from './error-label.js';
import { FileInUseError, FileLock } from './file-lock.js';
import { HeadKeeper } from './head-keeper.js';
import { loadReplicaId } from './replica-id.js';

/** The audit file cannot be opened; the message says what to do. */
export class AuditUnavailableError extends Error {
  override readonly name = 'AuditUnavailableError';
}

/** Where lines go: the chained file, held by this process alone, and the head that is kept beside it. */
export interface AuditStore {
  readonly writer: ChainWriter;
  readonly heads: HeadKeeper;
  close(): Promise<void>;
}

/** Opens the audit file where the chain of this replica ended. */
@Injectable()
export class AuditStoreOpener {
  constructor(
    private readonly config: ConfigStore,
    private readonly vault: Vault,
    private readonly repository: AuditHeadRepository,
    private readonly clock: Clock,
  ) {}

  /** Throws FileInUseError, or AuditUnavailableError when a folder or the file cannot be had. */
  async open(): Promise<AuditStore> {
    const path = resolve(this.config.current.audit.file);
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const replica = await loadReplicaId(resolve(this.config.current.persistence.data_dir));
      const lock = await FileLock.take(path, this.clock);
      return await this.openLocked(path, replica, lock).catch(async (error: unknown) => {
        await lock.release();
        throw error;
      });
    } catch (error) {
      if (error instanceof FileInUseError) throw error;
      throw new AuditUnavailableError(
        `The audit log ${path} cannot be opened (${errorLabel(error)}). Make its folder and the data folder writable for this user, or set audit.file to another place.`,
        { cause: error },
      );
    }
  }

  private async openLocked(path: string, replica: string, lock: FileLock): Promise<AuditStore> {
    const signer = { replica, ...toChainKey(this.vault.subkey(AUDIT_CHAIN_PURPOSE)) };
    const owner = { replica, file: basename(path), kid: signer.kid };
    const heads = new HeadKeeper(this.repository, owner, this.clock, new Logger('AuditLog'));
    const writer = new ChainWriter(path, signer, this.clock, await heads.find());
    await writer.open();
    return {
      writer,
      heads,
      close: async () => {
        heads.stop();
        await writer.close();
        await lock.release();
      },
    };
  }
}
