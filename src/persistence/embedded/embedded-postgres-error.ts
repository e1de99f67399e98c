/** Why the embedded database could not be had. */
export type EmbeddedPostgresProblem =
  /** There are no binaries for this machine, or they were not installed. */
  | 'unsupported_platform'
  /** The binaries are there and cannot be run. */
  | 'not_runnable'
  /** Another process owns the data folder. */
  | 'in_use'
  /** Another major version of PostgreSQL wrote the data folder. */
  | 'wrong_version'
  /** The data folder, or a place for the socket, cannot be used by this process. */
  | 'unreachable'
  /** initdb or the server itself failed. */
  | 'start_failed';

const WAY_OUT = 'Or set DATABASE_URL to a PostgreSQL server; then no embedded database is needed.';

/** The embedded database cannot be used; the message says why, what to do, and that DATABASE_URL is a way out. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly problem: EmbeddedPostgresProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${message} ${WAY_OUT}`, options);
  }
}
