import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

@Entity('weight_preset')
export class WeightPresetEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_weight_preset' })
  name!: string;

  @Column({ type: 'text' })
  description!: string;

  /** `json`, not `jsonb`, which would reorder the names: in patterns the first match counts. */
  @Column({ type: 'json' })
  weights!: Readonly<Record<string, number>>;

  @Column({ type: 'text', nullable: true })
  strategy!: string | null;

  @Column({
    type: 'timestamptz',
    precision: 3,
    name: 'created_at',
    default: () => 'clock_timestamp()',
    transformer: EPOCH_MS,
  })
  createdAtMs!: number;

  @Column({
    type: 'timestamptz',
    precision: 3,
    name: 'updated_at',
    default: () => 'clock_timestamp()',
    transformer: EPOCH_MS,
  })
  updatedAtMs!: number;

  @Column({ type: 'text', name: 'updated_by' })
  updatedBy!: string;
}
