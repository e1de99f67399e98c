import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateJobIntent1795420800012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE job_intent (
        job text NOT NULL,
        period text NOT NULL,
        replica text NOT NULL,
        state text NOT NULL,
        begun_at timestamptz(3) NOT NULL,
        ended_at timestamptz(3),
        detail json,
        CONSTRAINT pk_job_intent PRIMARY KEY (job, period),
        CONSTRAINT ck_job_intent_state CHECK (state IN ('begun', 'done', 'failed')),
        CONSTRAINT ck_job_intent_ended_at CHECK ((state = 'begun') = (ended_at IS NULL))
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE job_intent');
  }
}
