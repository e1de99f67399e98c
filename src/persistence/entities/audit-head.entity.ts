import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('audit_head')
@Check('ck_audit_head_seq', 'seq >= 0')
export class AuditHeadEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_audit_head' })
  replica!: string;

  @Column({ type: 'text' })
  file!: string;

  /** The driver reads 64-bit integers as text; a count of lines stays far below where a number loses digits. */
  @Column({ type: 'bigint', transformer: { from: Number, to: (value: unknown) => value } })
  seq!: number;

  @Column({ type: 'text' })
  mac!: string;

  @Column({ type: 'text' })
  kid!: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt!: Date;
}
