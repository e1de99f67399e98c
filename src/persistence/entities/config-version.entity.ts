import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('config_version')
@Check('ck_config_version_version', 'version > 0')
@Index('ix_config_version_file_hash', ['fileHash'], { where: 'file_hash IS NOT NULL' })
export class ConfigVersionEntity {
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'pk_config_version' })
  version!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column({ type: 'text' })
  actor!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text' })
  summary!: string;

  /** `json`, not `jsonb`, which would reorder the names: in patterns the first match counts. */
  @Column({ type: 'json' })
  document!: unknown;

  @Column({ type: 'text', name: 'file_hash', nullable: true })
  fileHash!: string | null;
}
