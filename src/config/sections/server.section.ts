import { z } from 'zod';
import { breakIf, type Read, type RuleBreak, withRule } from '../rule.js';
import { cidr, host } from '../scalars/network.js';
import { duration, flag, port, size, TIMER_MAX } from '../scalars/numbers.js';
import { list } from '../scalars/scalar.js';
import { choice, optionalHttpUrl, optionalText, text } from '../scalars/text.js';

const acme = z
  .strictObject({
    enabled: flag()
      .prefault(false)
      .describe("Certificates from an ACME authority. Enabling it accepts that authority's terms."),
    domains: list(text()).prefault([]).describe('Host names that the certificate is for.'),
    email: optionalText().prefault('').describe('Where the authority writes before a certificate expires.'),
    engines: list(choice(['greenlock', 'acme-client']))
      .prefault(['greenlock', 'acme-client'])
      .describe('Implementations to try, in this order.'),
    directory_url: optionalHttpUrl().prefault('').describe("The authority's directory; empty: Let's Encrypt."),
    renew_before: duration().prefault('30d').describe('How long before expiry a certificate is renewed.'),
  })
  .describe('Automatic certificates.')
  .prefault({});

const tls = z
  .strictObject({
    enabled: flag()
      .prefault(false)
      .describe('Serve HTTPS; covers both planes, unless the control plane is on loopback.'),
    cert_file: optionalText().prefault('').describe('PEM file of the certificate chain; read again when it changes.'),
    key_file: optionalText().prefault('').describe('PEM file of the private key.'),
    min_version: choice(['TLSv1.2', 'TLSv1.3'])
      .prefault('TLSv1.2')
      .describe('The oldest TLS version that is accepted.'),
    http_port: port().prefault(0).describe('Answers ACME challenges and redirects the rest; 80 when ACME is on.'),
    terminated_upstream: flag()
      .prefault(false)
      .describe('TLS ends in front of this proxy; needs the networks of that front in server.trust_proxy.'),
    acme,
  })
  .describe('Encryption of the connections from callers.')
  .prefault({});

const body = z
  .strictObject({
    max: size({ minBytes: 1 }).prefault('110MiB').describe('The largest request body that is accepted.'),
    buffer: size().prefault('1MiB').describe('Bodies up to this size are read at once, larger ones within the budget.'),
    memory_budget: size({ minBytes: 1 }).prefault('256MiB').describe('Memory for all larger bodies together.'),
    upload_max: size({ minBytes: 1 }).prefault('2GiB').describe('The largest file upload.'),
  })
  .describe('Limits of request bodies.')
  .prefault({});

const trustProxy = z
  .preprocess(
    (written) => (written === false || written === 'false' ? [] : written),
    list(cidr()).meta({ type: ['array', 'boolean', 'string'] }),
  )
  .meta({ type: ['array', 'boolean', 'string'] })
  .prefault(false)
  .describe('Networks whose X-Forwarded-For and X-Forwarded-Proto are believed; false: nobody.');

/** Where and how callers connect to the data plane. */
export const serverSection = withRule(
  z.strictObject({
    host: host().prefault('127.0.0.1').describe('The address that the data plane listens on (HOST overrides it).'),
    port: port().prefault(8080).describe('The port of the data plane (PORT overrides it).'),
    public_url: optionalHttpUrl()
      .prefault('')
      .describe('Origin and path prefix that clients use; empty: taken from the request.'),
    trust_proxy: trustProxy,
    body,
    drain_delay: duration(TIMER_MAX)
      .prefault('0s')
      .describe('How long to keep serving after readiness failed, so that load balancers notice.'),
    drain_timeout: duration(TIMER_MAX).prefault('30s').describe('How long running calls may take to end at a stop.'),
    cors: z
      .strictObject({
        origins: list(text()).prefault([]).describe('Origins of web pages that may call the data plane; "*" for all.'),
      })
      .describe('Calls from web pages.')
      .prefault({}),
    tls,
  }),
  serverRules,
)
  .describe('Where and how callers connect to the data plane.')
  .prefault({});

function serverRules(read: Read): readonly RuleBreak[] {
  const upstream = read('tls', 'terminated_upstream') === true;
  return [
    ...certificateRules(read),
    ...acmeRules(read),
    ...breakIf(
      upstream && isEmptyList(read('trust_proxy')),
      ['trust_proxy'],
      'must list the networks of the front that ends TLS while tls.terminated_upstream is true',
    ),
    ...breakIf(
      upstream && read('tls', 'enabled') === true,
      ['tls', 'terminated_upstream'],
      'contradicts tls.enabled: set one of the two to false',
    ),
    ...breakIf(
      numberOr(read('body', 'buffer')) > numberOr(read('body', 'max')),
      ['body', 'buffer'],
      'must not be larger than body.max',
    ),
  ];
}

function certificateRules(read: Read): readonly RuleBreak[] {
  const [cert, key] = [read('tls', 'cert_file') !== undefined, read('tls', 'key_file') !== undefined];
  const acmeEnabled = read('tls', 'acme', 'enabled') === true;
  const bare = read('tls', 'enabled') === true && !cert && !key && !acmeEnabled;
  return [
    ...breakIf(cert && !key, ['tls', 'key_file'], 'is missing: tls.cert_file needs its private key'),
    ...breakIf(key && !cert, ['tls', 'cert_file'], 'is missing: tls.key_file needs its certificate'),
    ...breakIf(
      cert && acmeEnabled,
      ['tls', 'cert_file'],
      'must be empty while tls.acme is enabled: keep one of the two',
    ),
    ...breakIf(
      bare,
      ['tls', 'enabled'],
      'needs a certificate: give tls.cert_file and tls.key_file, or enable tls.acme',
    ),
  ];
}

function acmeRules(read: Read): readonly RuleBreak[] {
  if (read('tls', 'acme', 'enabled') !== true) return [];
  const noDomain = isEmptyList(read('tls', 'acme', 'domains'));
  return [
    ...breakIf(read('tls', 'enabled') === false, ['tls', 'acme', 'enabled'], 'needs tls.enabled: true'),
    ...breakIf(noDomain, ['tls', 'acme', 'domains'], 'must name at least one host name'),
  ];
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** NaN compares false with everything, so that a refused number breaks no rule. */
function numberOr(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}
