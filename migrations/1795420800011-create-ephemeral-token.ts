import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEphemeralToken1795420800011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ephemeral_token (
        id text NOT NULL,
        hash text NOT NULL,
        client text NOT NULL,
        credential_id text,
        project text NOT NULL,
        key_id text NOT NULL,
        sealed text NOT NULL,
        uses integer,
        used integer NOT NULL DEFAULT 0,
        created_at timestamptz(3) NOT NULL,
        new_session_expires_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        revoked_at timestamptz(3),
        CONSTRAINT pk_ephemeral_token PRIMARY KEY (id),
        CONSTRAINT uq_ephemeral_token_hash UNIQUE (hash),
        CONSTRAINT ck_ephemeral_token_uses CHECK (uses > 0),
        CONSTRAINT ck_ephemeral_token_used CHECK (used >= 0 AND used <= uses)
      )`);
    await runner.query('CREATE INDEX ix_ephemeral_token_client ON ephemeral_token (client, expires_at)');
    await runner.query('CREATE INDEX ix_ephemeral_token_expires_at ON ephemeral_token (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ephemeral_token');
  }
}
