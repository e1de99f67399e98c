import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

@Entity('key_state')
@Check('ck_key_state_kind', `kind IN ('quota', 'quarantine', 'excluded')`)
@Check('ck_key_state_trips', 'trips >= 1')
export class KeyStateEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_key_state' })
  scope!: string;

  @Column({ type: 'text' })
  kind!: 'quota' | 'quarantine' | 'excluded';

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'until_at', nullable: true, transformer: EPOCH_MS })
  untilMs!: number | null;

  @Column({ type: 'integer' })
  trips!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'updated_at', transformer: EPOCH_MS })
  updatedAtMs!: number;
}
