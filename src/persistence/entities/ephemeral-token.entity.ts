import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

@Entity('ephemeral_token')
@Unique('uq_ephemeral_token_hash', ['hash'])
@Check('ck_ephemeral_token_uses', 'uses > 0')
@Check('ck_ephemeral_token_used', 'used >= 0 AND used <= uses')
@Index('ix_ephemeral_token_client', ['client', 'expiresAtMs'])
@Index('ix_ephemeral_token_expires_at', ['expiresAtMs'])
export class EphemeralTokenEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_ephemeral_token' })
  id!: string;

  @Column({ type: 'text' })
  hash!: string;

  @Column({ type: 'text' })
  client!: string;

  @Column({ type: 'text', name: 'credential_id', nullable: true })
  credentialId!: string | null;

  @Column({ type: 'text' })
  project!: string;

  @Column({ type: 'text', name: 'key_id' })
  keyId!: string;

  @Column({ type: 'text' })
  sealed!: string;

  @Column({ type: 'integer', nullable: true })
  uses!: number | null;

  @Column({ type: 'integer', default: 0 })
  used!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', transformer: EPOCH_MS })
  createdAtMs!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'new_session_expires_at', transformer: EPOCH_MS })
  newSessionExpiresAtMs!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'expires_at', transformer: EPOCH_MS })
  expiresAtMs!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'revoked_at', nullable: true, transformer: EPOCH_MS })
  revokedAtMs!: number | null;
}
