import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('signing_key')
export class SigningKeyEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_signing_key' })
  kid!: string;

  /** Sealed by the vault for the purpose `signing-key`. */
  @Column({ type: 'text' })
  sealed!: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
