import type { Params } from 'nestjs-pino';
import pino, { type LoggerOptions } from 'pino';
import pretty from 'pino-pretty';
import type { ProxyConfig } from './config/schema.js';
import { Scrubber } from './kernel/http/scrubber.js';

/** Fields that may hold a credential wherever they stand. */
const REDACTED = [
  'authorization',
  'x-goog-api-key',
  'cookie',
  'key',
  'secret',
  'password',
  'token',
  'access_token',
].flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

/** Contexts in which Nest tells every module and route at start: of use only when debugging. */
const CHATTY: ReadonlySet<unknown> = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory']);

/** Google's keys are recognised also inside messages and stacks. */
const scrubber = new Scrubber();

/**
 * Structured logs of the process on standard output: JSON, or lines for people on a terminal. Requests are not logged
 * here: the audit log holds one line of each.
 */
export function loggerOptions({ level, pretty: form }: ProxyConfig['logging']): Params {
  const isPretty = form === 'true' || (form === 'auto' && process.stdout.isTTY);
  const target = isPretty
    ? pretty({ colorize: process.stdout.isTTY, translateTime: 'HH:MM:ss', ignore: 'pid,hostname', sync: true })
    : process.stdout;
  const stream = { write: (line: string) => target.write(scrubber.text(line)) };
  const logger = pino({ level, redact: { paths: REDACTED, censor: '[redacted]' }, hooks: { logMethod } }, stream);
  return { pinoHttp: { logger, autoLogging: false }, forRoutes: [] };
}

const logMethod: NonNullable<LoggerOptions['hooks']>['logMethod'] = function (args, method) {
  const [fields] = args as unknown[];
  const isChatty = typeof fields === 'object' && fields !== null && 'context' in fields && CHATTY.has(fields.context);
  if (!isChatty || this.isLevelEnabled('debug')) method.apply(this, args);
};
