import { z } from 'zod';
import { isMapping, valueAt } from '../option-path.js';
import { breakIf, isEmptyList, type Read, type RuleBreak, withRule } from '../rule.js';
import { duration, flag, port } from '../scalars/numbers.js';
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

const tls = withRule(
  z.strictObject({
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
  }),
  (read) => [...certificateRules(read), ...acmeRules(read)],
);

/** Encryption of the connections from callers. */
export const tlsSection = z
  .preprocess(impliedByAcme, tls)
  .describe('Encryption of the connections from callers.')
  .prefault({});

/** Who orders certificates wants TLS; `enabled: false` beside it stays a contradiction, and is reported. */
function impliedByAcme(written: unknown): unknown {
  const ordered = String(valueAt(written, ['acme', 'enabled'])) === 'true';
  return ordered && isMapping(written) ? { enabled: true, ...written } : written;
}

function certificateRules(read: Read): readonly RuleBreak[] {
  const [cert, key] = [read('cert_file') !== undefined, read('key_file') !== undefined];
  const acmeEnabled = read('acme', 'enabled') === true;
  const bare = read('enabled') === true && !cert && !key && !acmeEnabled;
  return [
    ...breakIf(cert && !key, ['key_file'], 'is missing: tls.cert_file needs its private key'),
    ...breakIf(key && !cert, ['cert_file'], 'is missing: tls.key_file needs its certificate'),
    ...breakIf(cert && acmeEnabled, ['cert_file'], 'must be empty while tls.acme is enabled: keep one of the two'),
    ...breakIf(bare, ['enabled'], 'needs a certificate: give tls.cert_file and tls.key_file, or enable tls.acme'),
  ];
}

function acmeRules(read: Read): readonly RuleBreak[] {
  if (read('acme', 'enabled') !== true) return [];
  const noDomain = isEmptyList(read('acme', 'domains'));
  return [
    ...breakIf(
      read('enabled') === false,
      ['acme', 'enabled'],
      'contradicts tls.enabled: set one of the two to the value of the other',
    ),
    ...breakIf(noDomain, ['acme', 'domains'], 'must name at least one host name'),
  ];
}
