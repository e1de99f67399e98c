import { errorCode } from '../../kernel/error-code.js';

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

const BY_ERRNO: Readonly<Record<string, { readonly problem: EmbeddedPostgresProblem; readonly advice: string }>> = {
  EACCES: {
    problem: 'unreachable',
    advice: 'Start the proxy as the same user as before, or give the folder to this one (chown -R).',
  },
  EPERM: {
    problem: 'unreachable',
    advice: 'Start the proxy as the same user as before, or as an ordinary user instead of root.',
  },
  EROFS: {
    problem: 'unreachable',
    advice: 'Its file system is read-only: set persistence.data_dir to a writable folder.',
  },
  ENOSPC: { problem: 'start_failed', advice: 'Its disk is full: make room, then start again.' },
};

/** Any failure to start on `home` as an error that says what to do. */
export function toEmbeddedPostgresError(home: string, error: unknown): EmbeddedPostgresError {
  if (error instanceof EmbeddedPostgresError) return error;
  const row = BY_ERRNO[errorCode(error) ?? ''];
  const reason = `The embedded database in ${home} cannot be used: ${messageOf(error)}.`;
  return new EmbeddedPostgresError(row?.problem ?? 'start_failed', [reason, row?.advice ?? ''].join(' ').trim(), {
    cause: error,
  });
}

function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}
