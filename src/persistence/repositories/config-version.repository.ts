import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { lockInTransaction } from '../advisory-locks.js';
import { ConfigVersionEntity } from '../entities/config-version.entity.js';

/** One accepted configuration document, with references such as `${NAME}` unresolved. */
export interface ConfigVersion {
  readonly version: number;
  readonly createdAt: Date;
  readonly actor: string;
  readonly source: string;
  readonly summary: string;
  readonly document: unknown;
  /** Set when the document was imported from a file. */
  readonly fileHash: string | null;
}

/** The history of the configuration; rows are never changed. */
@Injectable()
export class ConfigVersionRepository {
  constructor(@InjectRepository(ConfigVersionEntity) private readonly rows: Repository<ConfigVersionEntity>) {}

  async latest(): Promise<ConfigVersion | undefined> {
    const [row] = await this.list({ limit: 1 });
    return row;
  }

  /** Adds the next version. Versions are 1, 2, 3, … without a gap, whichever replicas add them at once. */
  append(next: Omit<ConfigVersion, 'version' | 'createdAt'>): Promise<ConfigVersion> {
    return this.rows.manager.transaction(async (manager) => {
      await lockInTransaction(manager, 'config_version');
      const version = ((await manager.maximum(ConfigVersionEntity, 'version')) ?? 0) + 1;
      const row = manager.create(ConfigVersionEntity, { ...next, version });
      return manager.save(row, { reload: true });
    });
  }

  async get(version: number): Promise<ConfigVersion | undefined> {
    return (await this.rows.findOneBy({ version })) ?? undefined;
  }

  /** The newest first, older than `beforeVersion` when it is given. */
  list({ beforeVersion, limit }: { beforeVersion?: number; limit: number }): Promise<ConfigVersion[]> {
    const where = beforeVersion === undefined ? {} : { version: LessThan(beforeVersion) };
    return this.rows.find({ where, order: { version: 'DESC' }, take: limit });
  }

  /** Whether a file with this hash was ever imported. */
  fileWasImported(fileHash: string): Promise<boolean> {
    return this.rows.existsBy({ fileHash });
  }
}
