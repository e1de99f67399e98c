import { isDeepStrictEqual } from 'node:util';
import { Secret } from '../kernel/secret.js';
import { formatPath, isMapping, type OptionPath, valueAt } from './option-path.js';
import { type ProxyConfig, proxyConfigSchema } from './schema.js';

/** An option that was set although this version does nothing with it yet. */
export interface ReservedOption {
  readonly path: string;
  /** What happens instead. */
  readonly expect: string;
}

/** Options, or whole sections, that are checked but not in force in this version, and what to expect instead. */
export const RESERVED_OPTIONS: Readonly<Record<string, string>> = {
  'server.tls.enabled': 'Both planes serve plain HTTP: end TLS in front of the proxy.',
  'server.tls.cert_file': 'No certificate is read.',
  'server.tls.key_file': 'No private key is read.',
  'server.tls.min_version': 'TLS is not served here.',
  'server.tls.http_port': 'No second port is opened.',
  'server.tls.acme': 'No certificate is ordered.',
  'gemini.egress': 'Calls go to Gemini directly, with the authorities that Node trusts.',
  'auth.issuers': 'Tokens of other issuers are refused.',
  rate_limit: 'No rate limit is applied.',
  'security.min_score': 'No score is computed.',
  'security.ip_allow': 'Every address may connect.',
  'security.ip_deny': 'Every address may connect.',
  'audit.rotate': 'The file grows. Do not rotate it from outside: that would break its chain.',
  'audit.file_retention': 'Files are kept.',
  'audit.retention': 'Lines are kept in the file only.',
  'audit.bodies': 'Prompts and answers are never stored.',
  'persistence.listen_url': 'No notification is listened for.',
  redis: 'Each replica keeps its own state.',
  anomaly: 'Nothing is reported as unusual.',
};

/** The reserved options that differ from their defaults; start-up warns of each. Defaults are never among them. */
export function reservedOptionsSet(config: ProxyConfig): ReservedOption[] {
  return Object.entries(RESERVED_OPTIONS).flatMap(([pattern, expect]) =>
    places(config, pattern).flatMap((place) =>
      differences(valueAt(config, place), valueAt(DEFAULTS, place.map(firstItem)), place).map((path) => ({
        path: formatPath(path),
        expect,
      })),
    ),
  );
}

/** A configuration in which nothing was set but one key, whose own defaults stand for those of every key. */
const DEFAULTS = proxyConfigSchema.parse({ gemini: { api_keys: [{ id: 'default', key: '-'.repeat(30) }] } });

function firstItem(step: string | number): string | number {
  return typeof step === 'number' ? 0 : step;
}

/** Every path that a pattern stands for: one for each list item where it says `[]`. */
function places(config: ProxyConfig, pattern: string): OptionPath[] {
  const [before = '', after] = pattern.split('[].');
  const steps = before.split('.');
  if (after === undefined) return [steps];
  const items = valueAt(config, steps);
  return Array.isArray(items) ? items.map((_, index) => [...steps, index, ...after.split('.')]) : [];
}

/** The paths below `path` at which two values differ; sections are looked into, lists are compared as a whole. */
function differences(value: unknown, usual: unknown, path: OptionPath): OptionPath[] {
  if (!isSection(value) || !isSection(usual)) return isDeepStrictEqual(value, usual) ? [] : [path];
  return [...new Set([...Object.keys(value), ...Object.keys(usual)])].flatMap((name) =>
    differences(value[name], usual[name], [...path, name]),
  );
}

function isSection(value: unknown): value is Record<string, unknown> {
  return isMapping(value) && !(value instanceof Secret);
}
