/** `full`: a committed row survives a power cut. `none`: for tests, whose data may go. */
export type Durability = 'full' | 'none';

const COMMON: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  shared_buffers: '64MB',
  effective_cache_size: '256MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '256MB',
  // Nothing replicates from it, so the log need not hold what only a replica reads.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // The default keeps three more processes for read-ahead that a data set of this size does not need.
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // A failed statement may hold a secret.
  log_min_error_statement: 'panic',
};

const BY_DURABILITY: Readonly<Record<Durability, Readonly<Record<string, string>>>> = {
  full: { max_connections: '50', fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  none: { max_connections: '300', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
};

/** The server's arguments. The order of the first three is how an orphan is recognised. */
export function postmasterArgs(cluster: string, socketDir: string, durability: Durability): string[] {
  const settings = { ...COMMON, ...BY_DURABILITY[durability] };
  return [
    '-D',
    cluster,
    '-k',
    socketDir,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
