import { Column, Entity, PrimaryColumn } from 'typeorm';
import { COUNT, EPOCH_MS } from './column-transformers.js';

/** Limits as the provider stated them when it refused a call. */
export interface LearnedQuota {
  /** Requests per minute. */
  readonly rpm?: number;
  /** Input tokens per minute. */
  readonly tpm?: number;
  /** Requests per day. */
  readonly rpd?: number;
  readonly learnedAtMs: number;
}

@Entity('bucket_usage')
export class BucketUsageEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_bucket_usage' })
  project!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_bucket_usage' })
  model!: string;

  @PrimaryColumn({ type: 'date', primaryKeyConstraintName: 'pk_bucket_usage' })
  day!: string;

  @Column({ type: 'bigint', transformer: COUNT })
  requests!: number;

  @Column({ type: 'bigint', name: 'input_tokens', transformer: COUNT })
  inputTokens!: number;

  @Column({ type: 'json', nullable: true })
  learned!: LearnedQuota | null;

  @Column({
    type: 'timestamptz',
    precision: 3,
    name: 'updated_at',
    default: () => 'clock_timestamp()',
    transformer: EPOCH_MS,
  })
  updatedAtMs!: number;
}
