import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateBucketUsage1795420800007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bucket_usage (
        project text NOT NULL,
        model text NOT NULL,
        day date NOT NULL,
        requests bigint NOT NULL,
        input_tokens bigint NOT NULL,
        learned json,
        updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_bucket_usage PRIMARY KEY (project, model, day)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE bucket_usage');
  }
}
