import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { configJsonSchema, configJsonSchemaText, optionNamesAt, secretOptions } from '../../src/config/json-schema.js';
import { loadConfig, type LoadOptions } from '../../src/config/loader.js';
import { isMapping } from '../../src/config/option-path.js';
import { RESERVED_OPTIONS, reservedOptionsSet } from '../../src/config/reserved-options.js';
import { freshFolder, KEY, loaded, SECRETS, withKey } from './config.harness.js';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'config/proxy.yaml.example');
const SECURE = join(ROOT, 'config/proxy.yaml.secure');

describe('config/proxy.yaml.example', () => {
  const text = readFileSync(EXAMPLE, 'utf8');

  it('is valid as it stands with GEMINI_API_KEY set, and equals the defaults', () => {
    const defaults = load({ env: { GEMINI_API_KEY: KEY } });
    expect(load({ file: EXAMPLE, env: { GEMINI_API_KEY: KEY } })).toEqual(defaults);
  });

  it('shows every option', () => {
    expect(missingIn(parse(text), [])).toEqual([]);
  });

  it('tells editors its schema in the first line', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./proxy.schema.json');
  });
});

describe('config/proxy.yaml.secure', () => {
  it('is valid with the secrets in the environment, for production, without a secret in the file', () => {
    const config = load({ file: SECURE, env: { ...SECRETS, GEMINI_API_KEY: KEY } });
    expect(config.security.environment).toBe('production');
    expect(config.metrics.host).toBe('127.0.0.1');
  });

  it.each([...Object.keys(SECRETS), 'GEMINI_API_KEY'])('does not start without %s', (name) => {
    const env = { ...SECRETS, GEMINI_API_KEY: KEY, [name]: '' };
    const result = loadConfig({ file: SECURE, env, cwd: ROOT });
    expect(result.ok ? [] : result.violations.map(({ message }) => message)).toEqual([expect.stringContaining(name)]);
  });

  it('sets nothing that is not in force', () => {
    expect(reservedOptionsSet(load({ file: SECURE, env: { ...SECRETS, GEMINI_API_KEY: KEY } }))).toEqual([]);
  });
});

describe('config/proxy.schema.json', () => {
  it('is what `npm run schema` writes', () => {
    expect(readFileSync(join(ROOT, 'config/proxy.schema.json'), 'utf8')).toBe(configJsonSchemaText());
  });

  it('accepts both files that ship, and sees an unknown option', () => {
    const validate = new Ajv2020({ strict: false }).compile(configJsonSchema());
    for (const file of [EXAMPLE, SECURE]) {
      validate(parse(readFileSync(file, 'utf8')));
      expect(validate.errors ?? []).toEqual([]);
    }
    expect(validate({ server: { prot: 1 } })).toBe(false);
    expect(validate({ server: { port: '${PORT:-8080}' } })).toBe(true);
    expect(validate({ server: { drain_timeout: 30 } })).toBe(false);
  });

  it('describes every option and section', () => {
    expect(undescribed(configJsonSchema(), 'document')).toEqual([]);
  });

  it('marks exactly the secrets', () => {
    expect([...secretOptions()].sort()).toEqual([
      'auth.admin_password',
      'auth.jwt_secret',
      'auth.users[].password',
      'gemini.api_keys[].key',
      'gemini.egress.proxy',
      'persistence.listen_url',
      'persistence.url',
      'redis.url',
      'security.master_key',
    ]);
  });
});

describe('options that are not in force', () => {
  it('are never reported while they have their defaults', () => {
    expect(reservedOptionsSet(load({ env: { GEMINI_API_KEY: KEY } }))).toEqual([]);
  });

  it('are named one by one when they are set, with what to expect', () => {
    const { config } = loaded(
      `gemini:
  api_keys: [{ id: a, key: ${KEY} }]
  egress: { ca_file: ca.pem }
rate_limit: { per_ip: { requests: 1 } }
security: { ip_deny: [10.0.0.0/8] }
redis: { url: "redis://cache" }
`,
    );
    expect(
      reservedOptionsSet(config)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['gemini.egress.ca_file', 'rate_limit.per_ip.requests', 'redis.url', 'security.ip_deny']);
    expect(reservedOptionsSet(config).find(({ path }) => path === 'security.ip_deny')?.expect).toBe(
      'Every address may connect.',
    );
  });

  it('does not report options that are in force', () => {
    const { config } = loaded(withKey('server: { port: 1, cors: { origins: ["*"] } }\naudit: { flush: 1s }\n'));
    expect(reservedOptionsSet(config)).toEqual([]);
  });

  it.each(Object.keys(RESERVED_OPTIONS))('%s is an option of the document', (path) => {
    const steps = path.split(/\.|(?=\[\])/).map((step) => (step === '[]' ? 0 : step));
    expect(optionNamesAt(steps.slice(0, -1))).toContain(steps.at(-1));
  });
});

function load(options: Partial<LoadOptions>) {
  const result = loadConfig({ env: {}, cwd: freshFolder(), ...options });
  if (!result.ok) throw new Error(JSON.stringify(result.violations));
  return result.config;
}

/** Options of the schema that a document does not write. */
function missingIn(document: unknown, path: readonly (string | number)[]): string[] {
  return optionNamesAt(path).flatMap((name) => {
    const steps = [...path, name];
    if (!isMapping(document) || !(name in document)) return [steps.join('.')];
    const value = document[name];
    const [first] = Array.isArray(value) ? (value as unknown[]) : [];
    return first === undefined ? missingIn(value, steps) : missingIn(first, [...steps, 0]);
  });
}

function undescribed(schema: unknown, name: string): string[] {
  if (!isMapping(schema)) return [];
  const own = typeof schema.description === 'string' || name === 'document' || name.endsWith('[]') ? [] : [name];
  const properties = isMapping(schema.properties) ? Object.entries(schema.properties) : [];
  const below = properties.flatMap(([child, value]) => undescribed(value, `${name}.${child}`));
  return [...own, ...below, ...(isMapping(schema.items) ? undescribed(schema.items, `${name}[]`) : [])];
}
