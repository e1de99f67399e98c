import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

@Entity('key_secret')
export class KeySecretEntity {
  @PrimaryColumn({ type: 'text', name: 'key_id', primaryKeyConstraintName: 'pk_key_secret' })
  keyId!: string;

  @Column({ type: 'text' })
  sealed!: string;

  @Column({ type: 'text' })
  replaces!: string;

  @Column({ type: 'text', name: 'provider_name', nullable: true })
  providerName!: string | null;

  @Column({ type: 'text', name: 'previous_sealed', nullable: true })
  previousSealed!: string | null;

  @Column({ type: 'text', name: 'previous_provider_name', nullable: true })
  previousProviderName!: string | null;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', transformer: EPOCH_MS })
  createdAtMs!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'rotated_at', transformer: EPOCH_MS })
  rotatedAtMs!: number;
}
