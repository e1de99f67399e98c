import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

@Entity('resource_owner')
@Index('ix_resource_owner_client', ['client', 'kind', 'project'])
@Index('ix_resource_owner_expires_at', ['expiresAtMs'], { where: 'expires_at IS NOT NULL' })
export class ResourceOwnerEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_resource_owner' })
  resource!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_resource_owner' })
  project!: string;

  @Column({ type: 'text' })
  client!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text', nullable: true })
  model!: string | null;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', transformer: EPOCH_MS })
  createdAtMs!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'expires_at', nullable: true, transformer: EPOCH_MS })
  expiresAtMs!: number | null;
}
