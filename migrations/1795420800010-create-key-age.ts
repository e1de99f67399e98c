import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateKeyAge1795420800010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE key_age (
        key_id text NOT NULL,
        fingerprint text NOT NULL,
        first_seen_at timestamptz(3) NOT NULL,
        CONSTRAINT pk_key_age PRIMARY KEY (key_id, fingerprint)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_age');
  }
}
