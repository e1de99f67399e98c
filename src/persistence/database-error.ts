/** The database could not be had; the message says what to do and holds neither URL nor password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

const CHECK_ADDRESS =
  'Check the address in DATABASE_URL (persistence.url) and that the server is running; leave it empty to use the embedded database.';

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: `Nothing listens there. ${CHECK_ADDRESS}`,
  ENOTFOUND: `The host's name is unknown. ${CHECK_ADDRESS}`,
  EAI_AGAIN: `The host's name could not be looked up. ${CHECK_ADDRESS}`,
  ENOENT: `The socket does not exist. ${CHECK_ADDRESS}`,
  ETIMEDOUT: `The host did not answer. ${CHECK_ADDRESS}`,
  '28P01': 'The server refused the password. Check the user and password in DATABASE_URL.',
  '28000':
    'The server refused the user. Check the user in DATABASE_URL, and whether the server asks for TLS (sslmode).',
  '3D000': 'The database in DATABASE_URL does not exist. Create it (CREATE DATABASE), then start again.',
  '42501': 'The user in DATABASE_URL may not create tables. Make it the owner of the database or of a schema.',
  '53300': 'The server has no connection left. Raise its max_connections, or run fewer replicas.',
  '57P03': 'The server is starting or stopping. Start again when it accepts connections.',
  '08P01':
    'The server refused the connection settings. Behind PgBouncer, set ignore_startup_parameters = statement_timeout.',
};

/** Any failure to open the database as an error that says what to do. */
export function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const advice = typeof code === 'string' ? ADVICE[code] : undefined;
  const text = typeof message === 'string' && message !== '' ? message : String(code);
  return new DatabaseError(`The database cannot be used: ${advice ?? `${text}. ${CHECK_ADDRESS}`}`, { cause: error });
}
