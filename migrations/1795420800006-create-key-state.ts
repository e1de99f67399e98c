import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateKeyState1795420800006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE key_state (
        scope text NOT NULL,
        kind text NOT NULL,
        reason text NOT NULL,
        until_at timestamptz(3),
        trips integer NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CONSTRAINT pk_key_state PRIMARY KEY (scope),
        CONSTRAINT ck_key_state_kind CHECK (kind IN ('quota', 'quarantine', 'excluded')),
        CONSTRAINT ck_key_state_trips CHECK (trips >= 1)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_state');
  }
}
