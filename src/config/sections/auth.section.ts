import { z } from 'zod';
import { ROLES } from '../../kernel/principal.js';
import { breakIf, type Read, type RuleBreak, withRule } from '../rule.js';
import { duration, flag } from '../scalars/numbers.js';
import { list } from '../scalars/scalar.js';
import { optionalSecret, secret } from '../scalars/secrets.js';
import { choice, httpUrl, identifier, optionalText, text } from '../scalars/text.js';
import { repeats } from './gemini-keys.section.js';

const ADMIN_ROLES = ['admin', 'operator', 'auditor', 'viewer'] as const;

const user = z.strictObject({
  name: identifier().describe('The user name for the login.'),
  password: secret().describe('Plain, or a scrypt hash.'),
  role: choice(ADMIN_ROLES).describe('What the user may do.'),
});

const sharedSecret = z
  .strictObject({
    enabled: flag()
      .prefault(true)
      .describe('Accept tokens that others sign with auth.jwt_secret (HS256, data plane only).'),
    roles: list(choice(ROLES)).prefault(['client']).describe('The roles that such a token may claim.'),
    max_ttl: duration({ minMs: 1000 }).prefault('24h').describe('The longest life (exp − iat) of such a token.'),
    audience: optionalText().prefault('').describe('The aud that such a token must have; empty: any.'),
  })
  .describe('Tokens that others make.')
  .prefault({});

const issuer = z.strictObject({
  issuer: text().describe('The iss of its tokens.'),
  jwks_url: httpUrl().describe('Where its public keys are.'),
  audience: text().describe('The aud that its tokens must have.'),
  client_claim: text().prefault('sub').describe('The claim that names the client.'),
  role_claim: optionalText().prefault('').describe('The claim that names the role; empty: client.'),
  roles: z.record(z.string(), choice(ROLES)).prefault({}).describe('Value of the role claim → role.'),
});

/** Who may call, and who may administer. */
export const authSection = z
  .strictObject({
    enabled: flag()
      .prefault(true)
      .describe('false: callers of the data plane are anonymous; the admin API still needs a login.'),
    jwt_secret: optionalSecret()
      .prefault('')
      .describe('Signs shared-secret tokens (JWT_SECRET overrides it). Made under data/ outside production.'),
    admin_password: optionalSecret()
      .prefault('')
      .describe('Password of the user admin, plain or a scrypt hash (ADMIN_PASSWORD overrides it).'),
    users: withRule(z.array(user), userNames).describe('More administrators.').prefault([]),
    session_ttl: duration({ minMs: 1000 }).prefault('12h').describe('How long an admin stays logged in.'),
    client_token_ttl: duration({ minMs: 1000 }).prefault('90d').describe('How long a client token is valid.'),
    shared_secret: sharedSecret,
    issuers: z.array(issuer).describe('Identity providers whose tokens are accepted.').prefault([]),
  })
  .describe('Who may call, and who may administer.')
  .prefault({});

function userNames(read: Read): readonly RuleBreak[] {
  const users = read();
  const reserved = Array.isArray(users)
    ? users.flatMap((_, index) =>
        breakIf(read(index, 'name') === 'admin', [index, 'name'], 'is taken: admin is the user of auth.admin_password'),
      )
    : [];
  return [...reserved, ...repeats(read, 'name', (first) => `is the name of entry [${first}] too: choose another one`)];
}
