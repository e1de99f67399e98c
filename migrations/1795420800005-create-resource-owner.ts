import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateResourceOwner1795420800005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE resource_owner (
        resource text NOT NULL,
        project text NOT NULL,
        client text NOT NULL,
        kind text NOT NULL,
        model text,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3),
        CONSTRAINT pk_resource_owner PRIMARY KEY (resource, project)
      )`);
    await runner.query('CREATE INDEX ix_resource_owner_client ON resource_owner (client, kind, project)');
    await runner.query(
      'CREATE INDEX ix_resource_owner_expires_at ON resource_owner (expires_at) WHERE expires_at IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE resource_owner');
  }
}
