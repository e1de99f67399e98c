import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAuditHead1795420800004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_head (
        replica text NOT NULL,
        file text NOT NULL,
        seq bigint NOT NULL,
        mac text NOT NULL,
        kid text NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_audit_head PRIMARY KEY (replica),
        CONSTRAINT ck_audit_head_seq CHECK (seq >= 0)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_head');
  }
}
