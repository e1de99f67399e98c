import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, MoreThan, Repository } from 'typeorm';
import type { Role } from '../../kernel/principal.js';
import { AdminSessionEntity } from '../entities/admin-session.entity.js';

/** One login to the control plane. */
export interface AdminSession {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly sourceIp: string;
}

/** The logins of all replicas. */
@Injectable()
export class AdminSessionRepository {
  constructor(@InjectRepository(AdminSessionEntity) private readonly rows: Repository<AdminSessionEntity>) {}

  async create(session: Omit<AdminSession, 'revokedAt' | 'lastSeenAt'>): Promise<void> {
    await this.rows.insert({ ...session, lastSeenAt: session.createdAt, revokedAt: null });
  }

  /** The session, also when it has expired or was revoked. */
  async find(id: string): Promise<AdminSession | undefined> {
    return (await this.rows.findOneBy({ id })) ?? undefined;
  }

  /** Notes that the session was used; an older time than the one known changes nothing. */
  async touch(id: string, at: Date): Promise<void> {
    await this.rows.update({ id, lastSeenAt: LessThan(at) }, { lastSeenAt: at });
  }

  /** Ends the session for good; false when it does not exist or was revoked before, whose time then stands. */
  async revoke(id: string, at: Date): Promise<boolean> {
    const { affected } = await this.rows.update({ id, revokedAt: IsNull() }, { revokedAt: at });
    return affected === 1;
  }

  /** Sessions that are neither revoked nor expired at that time, the newest first. */
  listActive(at: Date): Promise<AdminSession[]> {
    return this.rows.find({
      where: { revokedAt: IsNull(), expiresAt: MoreThan(at) },
      order: { createdAt: 'DESC', id: 'ASC' },
    });
  }

  /** Removes sessions that expired before that time and returns how many. */
  async deleteExpired(before: Date): Promise<number> {
    const { affected } = await this.rows.delete({ expiresAt: LessThan(before) });
    return affected ?? 0;
  }
}
