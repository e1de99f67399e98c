import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { EPOCH_MS } from './column-transformers.js';

@Entity('job_intent')
@Check('ck_job_intent_state', `state IN ('begun', 'done', 'failed')`)
@Check('ck_job_intent_ended_at', `(state = 'begun') = (ended_at IS NULL)`)
export class JobIntentEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_job_intent' })
  job!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_job_intent' })
  period!: string;

  @Column({ type: 'text' })
  replica!: string;

  @Column({ type: 'text' })
  state!: 'begun' | 'done' | 'failed';

  @Column({ type: 'timestamptz', precision: 3, name: 'begun_at', transformer: EPOCH_MS })
  begunAtMs!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'ended_at', nullable: true, transformer: EPOCH_MS })
  endedAtMs!: number | null;

  @Column({ type: 'json', nullable: true })
  detail!: unknown;
}
