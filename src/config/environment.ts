/** The environment variables; read once, then passed on. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A copy of the process's environment. Nothing outside this folder looks at `process.env`. */
export function readEnvironment(): Environment {
  return { ...process.env };
}

/** A variable without the newline that secret stores add; an empty one counts as not set. */
export function variable(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name]?.replace(/[\r\n]+$/, '') : undefined;
  return value === '' ? undefined : value;
}

/** Whether the environment asks for production. */
export function asksForProduction(env: Environment): boolean {
  return variable(env, 'NODE_ENV') === 'production';
}

/** Variables that override one option each, whatever the document says. */
export const OVERRIDES: Readonly<Record<string, string>> = {
  JWT_SECRET: 'auth.jwt_secret',
  ADMIN_PASSWORD: 'auth.admin_password',
  DATABASE_URL: 'persistence.url',
  REDIS_URL: 'redis.url',
  MASTER_KEY: 'security.master_key',
  HOST: 'server.host',
  PORT: 'server.port',
  ADMIN_HOST: 'metrics.host',
  ADMIN_PORT: 'metrics.prometheus_port',
  LOG_LEVEL: 'logging.level',
};
