import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { COUNT } from './column-transformers.js';

@Entity('audit_head')
@Check('ck_audit_head_seq', 'seq >= 0')
export class AuditHeadEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_audit_head' })
  replica!: string;

  @Column({ type: 'text' })
  file!: string;

  @Column({ type: 'bigint', transformer: COUNT })
  seq!: number;

  @Column({ type: 'text' })
  mac!: string;

  @Column({ type: 'text' })
  kid!: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt!: Date;
}
