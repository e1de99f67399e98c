import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateConfigVersion1795420800001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE config_version (
        version integer NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        actor text NOT NULL,
        source text NOT NULL,
        summary text NOT NULL,
        document json NOT NULL,
        file_hash text,
        CONSTRAINT pk_config_version PRIMARY KEY (version),
        CONSTRAINT ck_config_version_version CHECK (version > 0)
      )`);
    await runner.query(
      'CREATE INDEX ix_config_version_file_hash ON config_version (file_hash) WHERE file_hash IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE config_version');
  }
}
