import type { EntityManager } from 'typeorm';

/** One number per thing that only one replica may do at a time; they are part of what old and new releases agree on. */
const LOCKS = {
  migration: 7_230_001,
  config_version: 7_230_002,
  signing_key: 7_230_003,
} as const;

/**
 * Waits until no other transaction, of any replica, holds the lock, and holds it until this one ends. A transaction's
 * lock works through a connection pooler too, and cannot outlive a crashed holder.
 */
export async function lockInTransaction(
  manager: Pick<EntityManager, 'query'>,
  name: keyof typeof LOCKS,
): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCKS[name]]);
}
