import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateKeySecret1795420800009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE key_secret (
        key_id text NOT NULL,
        sealed text NOT NULL,
        replaces text NOT NULL,
        provider_name text,
        previous_sealed text,
        previous_provider_name text,
        created_at timestamptz(3) NOT NULL,
        rotated_at timestamptz(3) NOT NULL,
        CONSTRAINT pk_key_secret PRIMARY KEY (key_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_secret');
  }
}
