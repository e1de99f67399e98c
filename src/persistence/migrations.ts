import { type DataSource, MigrationExecutor } from 'typeorm';
import { CreateConfigVersion1795420800001 } from '../../migrations/1795420800001-create-config-version.js';
import { CreateAdminSession1795420800002 } from '../../migrations/1795420800002-create-admin-session.js';
import { CreateSigningKey1795420800003 } from '../../migrations/1795420800003-create-signing-key.js';
import { CreateAuditHead1795420800004 } from '../../migrations/1795420800004-create-audit-head.js';
import { CreateResourceOwner1795420800005 } from '../../migrations/1795420800005-create-resource-owner.js';
import { CreateKeyState1795420800006 } from '../../migrations/1795420800006-create-key-state.js';
import { CreateBucketUsage1795420800007 } from '../../migrations/1795420800007-create-bucket-usage.js';
import { CreateWeightPreset1795420800008 } from '../../migrations/1795420800008-create-weight-preset.js';
import { CreateKeySecret1795420800009 } from '../../migrations/1795420800009-create-key-secret.js';
import { CreateKeyAge1795420800010 } from '../../migrations/1795420800010-create-key-age.js';
import { CreateEphemeralToken1795420800011 } from '../../migrations/1795420800011-create-ephemeral-token.js';
import { CreateJobIntent1795420800012 } from '../../migrations/1795420800012-create-job-intent.js';
import { lockInTransaction } from './advisory-locks.js';

/** Every schema change, the oldest first. */
export const MIGRATIONS = [
  CreateConfigVersion1795420800001,
  CreateAdminSession1795420800002,
  CreateSigningKey1795420800003,
  CreateAuditHead1795420800004,
  CreateResourceOwner1795420800005,
  CreateKeyState1795420800006,
  CreateBucketUsage1795420800007,
  CreateWeightPreset1795420800008,
  CreateKeySecret1795420800009,
  CreateKeyAge1795420800010,
  CreateEphemeralToken1795420800011,
  CreateJobIntent1795420800012,
] as const;

/**
 * Applies what the database has not had yet, all or nothing, and returns the names. Several replicas may start at once:
 * the others wait and then find nothing to do.
 */
export async function applyMigrations(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    // Waiting for another replica, or changing a large table, may take longer than a statement of a request may.
    await runner.query('SET LOCAL statement_timeout = 0');
    await lockInTransaction(runner.manager, 'migration');
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'all';
    const applied = await executor.executePendingMigrations();
    await runner.commitTransaction();
    return applied.map((migration) => migration.name);
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}

/** The names of the schema changes that the database has not had yet. */
export async function listPendingMigrations(dataSource: DataSource): Promise<string[]> {
  const pending = await new MigrationExecutor(dataSource).getPendingMigrations();
  return pending.map((migration) => migration.name);
}
