import { z } from 'zod';
import { breakIf, type Read, type RuleBreak, withRule } from './rule.js';
import { wholeNumber } from './scalars/numbers.js';
import { authSection } from './sections/auth.section.js';
import { geminiSection } from './sections/gemini.section.js';
import { anomalySection, rateLimitSection } from './sections/limits.section.js';
import { auditSection, loggingSection, metricsSection } from './sections/operation.section.js';
import { securitySection } from './sections/security.section.js';
import { serverSection } from './sections/server.section.js';
import { persistenceSection, redisSection } from './sections/stores.section.js';

/** The whole configuration document, with its defaults. Unknown options are mistakes. */
export const proxyConfigSchema = withRule(
  z.strictObject({
    version: wholeNumber({ min: 1, max: 1 }).prefault(1).describe('The version of this format.'),
    server: serverSection,
    gemini: geminiSection,
    auth: authSection,
    metrics: metricsSection,
    rate_limit: rateLimitSection,
    security: securitySection,
    audit: auditSection,
    persistence: persistenceSection,
    redis: redisSection,
    logging: loggingSection,
    anomaly: anomalySection,
  }),
  (read) => [...portsDiffer(read), ...productionSecrets(read)],
).meta({ title: 'Gemini API Proxy configuration' });

/**
 * A checked configuration. Names are those of the document; durations and times are milliseconds, sizes bytes, secrets
 * `Secret`. What was left empty is undefined.
 */
export type ProxyConfig = z.output<typeof proxyConfigSchema>;
export type GeminiKeyConfig = ProxyConfig['gemini']['api_keys'][number];

/** Secrets without which nothing works, and how to make one. */
export const NEEDED_SECRETS = [
  { section: 'auth', option: 'jwt_secret', variable: 'JWT_SECRET', make: 'openssl rand -base64 48' },
  { section: 'auth', option: 'admin_password', variable: 'ADMIN_PASSWORD', make: 'openssl rand -base64 24' },
  { section: 'security', option: 'master_key', variable: 'MASTER_KEY', make: 'openssl rand -base64 32' },
] as const;

function portsDiffer(read: Read): readonly RuleBreak[] {
  const [data, control, redirect] = [
    read('server', 'port'),
    read('metrics', 'prometheus_port'),
    read('server', 'tls', 'http_port'),
  ];
  const same = typeof control === 'number' && control !== 0 && control === data;
  const taken = typeof redirect === 'number' && redirect !== 0 && (redirect === data || redirect === control);
  return [
    ...breakIf(same, ['metrics', 'prometheus_port'], 'must differ from server.port: each plane has a port of its own'),
    ...breakIf(taken, ['server', 'tls', 'http_port'], 'must differ from the ports of the two planes'),
  ];
}

function productionSecrets(read: Read): readonly RuleBreak[] {
  if (read('security', 'environment') !== 'production') return [];
  return NEEDED_SECRETS.flatMap(({ section, option, variable, make }) => {
    const message = `is missing, and production makes none: set ${variable}, for instance to the output of \`${make}\``;
    return breakIf(read(section, option) === undefined, [section, option], message);
  });
}
