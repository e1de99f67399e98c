import { describe, expect, it } from '@jest/globals';
import { formatViolations } from '../../src/config/option-violation.js';
import { Secret } from '../../src/kernel/secret.js';
import { KEY, load, loaded, mistakes, OTHER_KEY, SECRETS, withKey } from './config.harness.js';

describe('the configuration document', () => {
  it('is complete with four sections', () => {
    const { config } = loaded(
      [
        'server: { host: 127.0.0.1, port: 8080 }',
        `gemini: { api_keys: [{ id: primary, key: "${KEY}", weight: 100 }] }`,
        `auth: { jwt_secret: some-secret-text, admin_password: some-password }`,
        'metrics: { enabled: true, prometheus_port: 9090 }',
      ].join('\n'),
    );

    expect(config.server.port).toBe(8080);
    expect(config.gemini.api_keys[0]?.key.reveal()).toBe(KEY);
    expect(config.auth.admin_password?.reveal()).toBe('some-password');
    expect(config.metrics.prometheus_port).toBe(9090);
  });

  it('is accepted without a version, as the older shape of version 1', () => {
    expect(loaded(withKey()).config.version).toBe(1);
    expect(mistakes(withKey('version: 2\n'))).toEqual(['version: must be a whole number from 1 to 1']);
  });

  it('turns durations into milliseconds, sizes into bytes and times into milliseconds since the epoch', () => {
    const { config } = loaded(
      [
        'server: { body: { max: 20MiB }, drain_timeout: 1.5s, drain_delay: 0 }',
        `gemini: { timeouts: { total: 1h }, api_keys: [{ id: a, key: "${KEY}", not_before: 2027-01-31, expires_at: "2027-01-31T02:00:00+01:00" }] }`,
        'audit: { flush: 500ms, retention: 30d }',
      ].join('\n'),
    );

    expect(config.server.body.max).toBe(20 * 1024 ** 2);
    expect([config.server.drain_timeout, config.server.drain_delay]).toEqual([1500, 0]);
    expect(config.gemini.timeouts.total).toBe(3_600_000);
    expect([config.audit.flush, config.audit.retention]).toEqual([500, 30 * 86_400_000]);
    expect(config.gemini.api_keys[0]?.not_before).toBe(Date.UTC(2027, 0, 31));
    expect(config.gemini.api_keys[0]?.expires_at).toBe(Date.UTC(2027, 0, 31, 1));
  });

  it('takes what is left empty as not set, and the project of a key from its id', () => {
    const { config } = loaded(`persistence: { url: "" }\nserver:\nredis:\n  url:\n${withKey()}`);

    expect(config.persistence.url).toBeUndefined();
    expect(config.redis.url).toBeUndefined();
    expect(config.server.port).toBe(8080);
    expect(config.gemini.api_keys[0]).toMatchObject({ project: 'primary', tier: undefined, not_before: undefined });
  });

  it('wraps every secret, so that printing the configuration shows none', () => {
    const { config } = loaded(
      `gemini:
  api_keys: [{ id: primary, key: "${KEY}" }]
  egress: { proxy: "http://user:hidden-1@proxy" }
auth: { users: [{ name: ada, password: hidden-2, role: operator }] }
persistence: { url: "postgres://user:hidden-3@db/x", listen_url: "postgres://user:hidden-4@db/x" }
redis: { url: "redis://:hidden-5@cache" }
`,
      SECRETS,
    );

    const printed = JSON.stringify(config);
    for (const secret of [KEY, ...Object.values(SECRETS), 'hidden-']) expect(printed).not.toContain(secret);
    expect(config.persistence.url).toBeInstanceOf(Secret);
    expect(config.persistence.url?.reveal()).toBe('postgres://user:hidden-3@db/x');
  });

  it('accepts the socket address of a Postgres server', () => {
    const { config } = loaded(withKey('persistence: { url: "postgres:///app?host=/run/postgresql&user=app" }\n'));
    expect(config.persistence.url?.reveal()).toContain('host=/run/postgresql');
  });

  it('cannot be changed once it is loaded', () => {
    const { config } = loaded(withKey());
    expect(Object.isFrozen(config.gemini.timeouts)).toBe(true);
    expect(Object.isFrozen(config.gemini.api_keys[0])).toBe(true);
  });

  it('accepts numbers and switches as text, since variables hold nothing else', () => {
    const { config } = loaded(withKey('server: { port: "${P}" }\nmetrics: { enabled: "${M}" }\n'), {
      P: '81',
      M: 'false',
    });
    expect([config.server.port, config.metrics.enabled]).toEqual([81, false]);
  });

  it('reports every mistake at once, with its path, its line and what to do', () => {
    const result = load(
      `server:
  prot: 1
  trust_proxy: [10.0.0.0/99]
gemini:
  api_keys:
    - id: primary
      key: ${KEY}
      weight: -1
    - { id: primary, key: short }
  retry: 5
auth:
  admin_password: 12345
loging: {}
`,
    );

    expect(
      result.ok ? [] : result.violations.map(({ line, path, message }) => `${line ?? '-'} ${path} ${message}`),
    ).toEqual([
      '2 server.prot is no known option: did you mean port?',
      '3 server.trust_proxy[0] must be a network such as 10.0.0.0/8 or fd00::/8, or one address',
      '8 gemini.api_keys[0].weight must be a whole number from 0 to 1000000',
      '9 gemini.api_keys[1].key is too short for an API key (30 characters at least): copy the whole key',
      '9 gemini.api_keys[1].id is the id of entry [0] too: give every key an id of its own',
      '10 gemini.retry must be a section: names with their values, indented below it',
      '12 auth.admin_password must be a secret text; put it in quotes',
      '13 loging is no known option: did you mean logging?',
    ]);
  });

  it('prints one line for each mistake, with file and line where they are known', () => {
    const result = load('server: { prot: 1 }\n', {});
    expect(result.ok ? '' : formatViolations(result.violations, 'proxy.yaml').split('\n')).toEqual([
      'proxy.yaml:1: server.prot is no known option: did you mean port?',
      'proxy.yaml: gemini.api_keys is empty: set GEMINI_API_KEY to one key, or several separated by commas, or list them here',
    ]);
  });

  it('never repeats a refused secret', () => {
    const secret = 'AIza not a key, but secret nevertheless';
    expect(mistakes(`gemini: { api_keys: [{ id: a, key: "${secret}" }] }`).join()).not.toContain('nevertheless');
  });

  it.each<[string, string, string]>([
    [
      'equal ports of the planes',
      'metrics: { prometheus_port: 8080 }',
      'metrics.prometheus_port: must differ from server.port: each plane has a port of its own',
    ],
    ['a port beyond the range', 'server: { port: 65536 }', 'server.port: must be a whole number from 0 to 65535'],
    [
      'a duration without a unit',
      'server: { drain_timeout: 30 }',
      'server.drain_timeout: must be a duration such as 500ms, 30s, 5m, 1h or 30d, and at most 24d',
    ],
    [
      'a size without a unit',
      'server: { body: { max: 100 } }',
      'server.body.max: must be a size such as 64KiB, 20MiB or 2GiB, of at least 1B',
    ],
    ['trust in every proxy', 'server: { trust_proxy: true }', 'server.trust_proxy: must be a list'],
    [
      'a key file without its certificate',
      'server: { tls: { key_file: k.pem } }',
      'server.tls.cert_file: is missing: tls.key_file needs its certificate',
    ],
    [
      'TLS without a certificate',
      'server: { tls: { enabled: true } }',
      'server.tls.enabled: needs a certificate: give tls.cert_file and tls.key_file, or enable tls.acme',
    ],
    [
      'ACME without a host name',
      'server: { tls: { enabled: true, acme: { enabled: true } } }',
      'server.tls.acme.domains: must name at least one host name',
    ],
    [
      'TLS that ends in an unnamed front',
      'server: { tls: { terminated_upstream: true } }',
      'server.trust_proxy: must list the networks of the front that ends TLS while tls.terminated_upstream is true',
    ],
    [
      'a word that is nearly right',
      'logging: { level: wran }',
      'logging.level: must be one of fatal, error, warn, info, debug, trace, silent; did you mean warn?',
    ],
    [
      'a master key that is too short',
      'security: { master_key: short }',
      'security.master_key: must be a secret of at least 32 characters',
    ],
    [
      'a second user admin',
      'auth: { users: [{ name: admin, password: x, role: viewer }] }',
      'auth.users[0].name: is taken: admin is the user of auth.admin_password',
    ],
    [
      'a user who is a client',
      'auth: { users: [{ name: a, password: x, role: client }] }',
      'auth.users[0].role: must be one of admin, operator, auditor, viewer',
    ],
    [
      'a database address of another kind',
      'persistence: { url: "mysql://db/x" }',
      'persistence.url: must be an address that begins with postgres:// or postgresql://',
    ],
  ])('refuses %s', (_, yaml, expected) => {
    expect(mistakes(withKey(`${yaml}\n`))).toEqual([expected]);
  });

  it.each<[string, string, string]>([
    [
      'dates in the wrong order',
      `not_before: 2027-02-01, expires_at: 2027-01-01`,
      'expires_at: must be later than not_before',
    ],
    ['an unknown tier', 'tier: gold', 'tier: must be an entry of gemini.tiers: free'],
    [
      'an id with a slash',
      'id: a/b',
      'id: must be a name of letters, digits, dots, dashes and underscores, at most 64 characters',
    ],
    ['a key with white space', `key: "${KEY} x"`, 'key: holds white space: copy the key again, on one line'],
    [
      'a short-lived token',
      `key: "auth_tokens/${'a'.repeat(40)}"`,
      'key: is a short-lived token of the Live API: give an API key instead',
    ],
    ['a fraction of a weight', 'weight: 0.5', 'weight: must be a whole number from 0 to 1000000'],
  ])('refuses a key with %s', (_, field, expected) => {
    const name = field.split(':')[0]!;
    const usual = Object.entries({ id: 'a', key: `"${KEY}"` }).filter(([key]) => key !== name);
    const fields = [...usual.map(([key, value]) => `${key}: ${value}`), field].join(', ');
    expect(mistakes(`gemini: { api_keys: [{ ${fields} }] }`)).toEqual([`gemini.api_keys[0].${expected}`]);
  });

  it('accepts both shapes of Gemini keys', () => {
    const { config } = loaded(`gemini: { api_keys: [{ id: a, key: "${KEY}" }, { id: b, key: "${OTHER_KEY}" }] }`);
    expect(config.gemini.api_keys.map(({ key }) => key.reveal())).toEqual([KEY, OTHER_KEY]);
  });

  it('lists what a section knows where no name is near', () => {
    expect(mistakes(withKey('redis: { zzzzzzzz: 1 }\n'))).toEqual([
      'redis.zzzzzzzz: is no known option: remove it; known here: url',
    ]);
  });

  it('is complete for production with certificates from an authority and the secrets in the environment', () => {
    const { config } = loaded(
      withKey(
        'server: { tls: { acme: { enabled: true, domains: [proxy.example.com] } } }\nsecurity: { environment: production }\n',
      ),
      SECRETS,
    );
    expect(config.server.tls).toMatchObject({ enabled: true, acme: { domains: ['proxy.example.com'] } });
    expect(
      mistakes(withKey('server: { tls: { enabled: false, acme: { enabled: true, domains: [a.example] } } }\n')),
    ).toEqual(['server.tls.acme.enabled: contradicts tls.enabled: set one of the two to the value of the other']);
  });

  it('names in production every secret that is missing, and how to make it', () => {
    const found = mistakes(withKey(), { NODE_ENV: 'production' });
    expect(found).toHaveLength(3);
    expect(found.map((text) => text.split(':')[0])).toEqual([
      'auth.jwt_secret',
      'auth.admin_password',
      'security.master_key',
    ]);
    for (const text of found) expect(text).toContain('openssl rand -base64');
    expect(loaded(withKey(), { NODE_ENV: 'production', ...SECRETS }).config.security.environment).toBe('production');
  });
});
