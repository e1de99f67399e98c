import { Check, Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

@Entity('weight_change')
@Check('ck_weight_change_action', `action IN ('apply', 'clear', 'create', 'update', 'delete')`)
export class WeightChangeEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'pk_weight_change',
  })
  id!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'at', default: () => 'clock_timestamp()', transformer: EPOCH_MS })
  atMs!: number;

  @Column({ type: 'text' })
  actor!: string;

  @Column({ type: 'text' })
  action!: 'apply' | 'clear' | 'create' | 'update' | 'delete';

  @Column({ type: 'text', nullable: true })
  preset!: string | null;

  @Column({ type: 'json' })
  weights!: Readonly<Record<string, number>>;

  @Column({ type: 'text', nullable: true })
  strategy!: string | null;
}
