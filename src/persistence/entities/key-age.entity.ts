import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

@Entity('key_age')
export class KeyAgeEntity {
  @PrimaryColumn({ type: 'text', name: 'key_id', primaryKeyConstraintName: 'pk_key_age' })
  keyId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_key_age' })
  fingerprint!: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'first_seen_at', transformer: EPOCH_MS })
  firstSeenMs!: number;
}
