import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAdminSession1795420800002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE admin_session (
        id text NOT NULL,
        username text NOT NULL,
        role text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        last_seen_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        revoked_at timestamptz(3),
        source_ip text NOT NULL,
        CONSTRAINT pk_admin_session PRIMARY KEY (id),
        CONSTRAINT ck_admin_session_role CHECK (role IN ('admin', 'operator', 'auditor', 'viewer', 'client')),
        CONSTRAINT ck_admin_session_expires_at CHECK (expires_at > created_at)
      )`);
    await runner.query('CREATE INDEX ix_admin_session_expires_at ON admin_session (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE admin_session');
  }
}
