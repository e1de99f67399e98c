import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AuditHeadEntity } from '../entities/audit-head.entity.js';

/** The last line of a replica's audit log, kept outside the file so that a cut tail is found. */
export interface AuditHead {
  readonly replica: string;
  readonly file: string;
  readonly seq: number;
  readonly mac: string;
  readonly kid: string;
  readonly updatedAt: Date;
}

/** One head per replica. */
@Injectable()
export class AuditHeadRepository {
  constructor(@InjectRepository(AuditHeadEntity) private readonly rows: Repository<AuditHeadEntity>) {}

  /** Replaces the replica's head. */
  async save(head: Omit<AuditHead, 'updatedAt'>): Promise<void> {
    await this.rows.upsert({ ...head, updatedAt: () => 'clock_timestamp()' }, ['replica']);
  }

  async find(replica: string): Promise<AuditHead | undefined> {
    return (await this.rows.findOneBy({ replica })) ?? undefined;
  }
}
