import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWeightPreset1795420800008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE weight_preset (
        name text NOT NULL,
        description text NOT NULL,
        weights json NOT NULL,
        strategy text,
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        updated_by text NOT NULL,
        CONSTRAINT pk_weight_preset PRIMARY KEY (name)
      )`);
    await runner.query(`
      CREATE TABLE weight_change (
        id integer GENERATED ALWAYS AS IDENTITY,
        at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        actor text NOT NULL,
        action text NOT NULL,
        preset text,
        weights json NOT NULL,
        strategy text,
        CONSTRAINT pk_weight_change PRIMARY KEY (id),
        CONSTRAINT ck_weight_change_action CHECK (action IN ('apply', 'clear', 'create', 'update', 'delete'))
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE weight_change');
    await runner.query('DROP TABLE weight_preset');
  }
}
