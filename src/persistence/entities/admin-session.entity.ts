import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Role } from '../../kernel/principal.js';

@Entity('admin_session')
@Check('ck_admin_session_role', `role IN ('admin', 'operator', 'auditor', 'viewer', 'client')`)
@Check('ck_admin_session_expires_at', 'expires_at > created_at')
@Index('ix_admin_session_expires_at', ['expiresAt'])
export class AdminSessionEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_admin_session' })
  id!: string;

  @Column({ type: 'text' })
  username!: string;

  @Column({ type: 'text' })
  role!: Role;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, name: 'last_seen_at' })
  lastSeenAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, name: 'expires_at' })
  expiresAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column({ type: 'text', name: 'source_ip' })
  sourceIp!: string;
}
