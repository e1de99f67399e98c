import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TokenIssuer } from '../../src/auth/token-issuer.js';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import { Fault } from '../../src/kernel/errors/fault.js';
import type { Plane, Principal } from '../../src/kernel/principal.js';
import { AuthHarness } from './auth.harness.js';
import { type Claims, forgeHmac, forgeRsa, forgeUnsigned, tamper } from './forge-token.js';

const SECRET = 'a-shared-secret-of-more-than-thirty-two-characters';
const HOUR_MS = 3_600_000;

describe('TokenVerifier', () => {
  let harness: AuthHarness;
  let verifier: TokenVerifier;
  let issuer: TokenIssuer;

  beforeAll(async () => {
    harness = await AuthHarness.start();
    verifier = harness.get(TokenVerifier);
    issuer = harness.get(TokenIssuer);
  });
  beforeEach(() => {
    harness.configure({ jwt_secret: SECRET });
  });
  afterAll(() => harness.stop());

  async function refusal(token: string, plane: Plane = 'data'): Promise<string> {
    try {
      await verifier.verify(token, plane);
    } catch (error) {
      if (error instanceof Fault) return error.code;
      throw error;
    }
    return 'accepted';
  }

  function claims(changes: Claims = {}): Claims {
    const now = Math.floor(harness.clock.now() / 1000);
    return { sub: 'team-a', role: 'client', iat: now, exp: now + 3600, ...changes };
  }

  function ago(ms: number): number {
    return Math.floor((harness.clock.now() - ms) / 1000);
  }

  async function clientToken(ttlMs = HOUR_MS, scopes: readonly string[] = []): Promise<string> {
    return (await issuer.issueClientToken({ client: 'team-a', ttlMs, scopes })).token;
  }

  describe('tokens made here', () => {
    it('stand for their client, with its scopes and the id by which they are revoked', async () => {
      const { token, jti, expiresAt } = await issuer.issueClientToken({
        client: 'team-a',
        ttlMs: HOUR_MS,
        scopes: ['project:admin', 'live'],
      });

      expect(verifier.verify(token, 'data')).toEqual({
        type: 'client',
        id: 'team-a',
        role: 'client',
        scopes: ['project:admin', 'live'],
        credentialId: jti,
        expiresAtMs: expiresAt.getTime(),
      } satisfies Principal);
      expect(expiresAt.getTime()).toBe(Math.floor(harness.clock.now() / 1000) * 1000 + HOUR_MS);
    });

    it('carry the claims of the contract and the id of the signing key', async () => {
      const [head = '', body = ''] = (await clientToken()).split('.');

      expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({
        alg: 'HS256',
        typ: 'JWT',
        kid: expect.any(String),
      });
      expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toEqual({
        jti: expect.any(String),
        sub: 'team-a',
        aud: 'data',
        role: 'client',
        scope: '',
        iat: expect.any(Number),
        exp: expect.any(Number),
      });
    });

    it('are read without waiting, the first time and later', async () => {
      const token = await clientToken();

      expect(verifier.verify(token, 'data')).not.toBeInstanceOf(Promise);
      expect(verifier.verify(token, 'data')).not.toBeInstanceOf(Promise);
    });

    it('expire at their time, also when they were read before', async () => {
      const token = await clientToken(HOUR_MS);
      expect(await refusal(token)).toBe('accepted');

      harness.clock.advance(HOUR_MS + 1000);

      expect(await refusal(token)).toBe('token_expired');
      expect(await refusal(token)).toBe('token_expired');
    });

    it('open one plane only', async () => {
      expect(await refusal(await clientToken(), 'control')).toBe('token_wrong_audience');
    });

    it('are refused when a claim was changed', async () => {
      const token = await clientToken();

      expect(await refusal(tamper(token, (own) => ({ ...own, sub: 'team-b' })))).toBe('token_invalid');
      expect(
        await refusal(
          tamper(token, (own) => ({ ...own, aud: 'control' })),
          'control',
        ),
      ).toBe('token_invalid');
    });

    it('are refused with a key id that is not in the ring', async () => {
      expect(await refusal(forgeHmac(claims({ aud: 'data', jti: '1' }), SECRET, { kid: 'other' }))).toBe(
        'token_invalid',
      );
    });

    it('are refused when the shared secret signed them under a key id of the ring', async () => {
      const [head = ''] = (await clientToken()).split('.');
      const header: unknown = JSON.parse(Buffer.from(head, 'base64url').toString());
      const { kid } = header as { kid: string };

      expect(await refusal(forgeHmac(claims({ aud: 'control', jti: '1' }), SECRET, { kid }), 'control')).toBe(
        'token_invalid',
      );
    });

    it('cannot be made with a life shorter than a second', async () => {
      await expect(issuer.issueClientToken({ client: 'team-a', ttlMs: 0 })).rejects.toThrow(RangeError);
    });
  });

  describe('tokens made elsewhere with the shared secret', () => {
    it('stand for the client that they name', () => {
      expect(verifier.verify(forgeHmac(claims({ jti: 'j-1' }), SECRET), 'data')).toEqual({
        type: 'client',
        id: 'team-a',
        role: 'client',
        scopes: [],
        credentialId: 'j-1',
        expiresAtMs: ago(-HOUR_MS) * 1000,
      });
    });

    it('are never more than a client, whatever role and scopes they claim', () => {
      harness.configure({ jwt_secret: SECRET, shared_secret: { roles: ['client', 'admin'] } });
      const principal = verifier.verify(forgeHmac(claims({ role: 'admin', scope: 'project:admin' }), SECRET), 'data');

      expect(principal).toMatchObject({ type: 'client', role: 'client', scopes: [] });
    });

    it('never open the control plane', async () => {
      harness.configure({ jwt_secret: SECRET, shared_secret: { roles: ['client', 'admin'] } });

      expect(await refusal(forgeHmac(claims({ role: 'admin', aud: 'control' }), SECRET), 'control')).toBe(
        'token_wrong_audience',
      );
    });

    const REFUSED: readonly [string, () => Claims, string][] = [
      ['claim a role that is not listed', () => claims({ role: 'admin' }), 'token_invalid'],
      ['live longer than max_ttl', () => claims({ exp: ago(-25 * HOUR_MS) }), 'token_invalid'],
      ['have expired', () => claims({ iat: ago(2 * HOUR_MS), exp: ago(HOUR_MS) }), 'token_expired'],
      ['expire at this very second', () => claims({ exp: ago(0) }), 'token_expired'],
      ['are not valid yet', () => claims({ nbf: ago(-HOUR_MS / 2) }), 'token_invalid'],
      [
        'were made in the future, which would stretch max_ttl',
        () => claims({ iat: ago(-2 * HOUR_MS), exp: ago(-3 * HOUR_MS) }),
        'token_invalid',
      ],
      ['name nobody', () => claims({ sub: undefined }), 'token_invalid'],
      ['name nobody with an empty text', () => claims({ sub: '' }), 'token_invalid'],
      ['have no role', () => claims({ role: undefined }), 'token_invalid'],
      ['do not say when they were made', () => claims({ iat: undefined }), 'token_invalid'],
      ['never expire', () => claims({ exp: undefined }), 'token_invalid'],
      ['have an expiry that is a text', () => claims({ exp: '9999999999' }), 'token_invalid'],
    ];

    it.each(REFUSED)('are refused when they %s', async (_, make, code) => {
      expect(await refusal(forgeHmac(make(), SECRET))).toBe(code);
    });

    it('may come from a clock that is a little ahead', async () => {
      expect(await refusal(forgeHmac(claims({ iat: ago(-30_000), nbf: ago(-30_000) }), SECRET))).toBe('accepted');
    });

    it('may live exactly as long as max_ttl', async () => {
      expect(await refusal(forgeHmac(claims({ exp: ago(-24 * HOUR_MS) }), SECRET))).toBe('accepted');
    });

    it('must name the audience when one is configured, alone or among others', async () => {
      harness.configure({ jwt_secret: SECRET, shared_secret: { audience: 'gemini' } });

      expect(await refusal(forgeHmac(claims(), SECRET))).toBe('token_wrong_audience');
      expect(await refusal(forgeHmac(claims({ aud: 'other' }), SECRET))).toBe('token_wrong_audience');
      expect(await refusal(forgeHmac(claims({ aud: 'gemini' }), SECRET))).toBe('accepted');
      expect(await refusal(forgeHmac(claims({ aud: ['other', 'gemini'] }), SECRET))).toBe('accepted');
    });

    it('are refused while shared_secret.enabled is false, also when they were accepted a moment ago', async () => {
      const token = forgeHmac(claims(), SECRET);
      expect(await refusal(token)).toBe('accepted');

      harness.configure({ jwt_secret: SECRET, shared_secret: { enabled: false } });

      expect(await refusal(token)).toBe('token_invalid');
    });

    it('are refused once the secret was changed', async () => {
      const token = forgeHmac(claims(), SECRET);
      expect(await refusal(token)).toBe('accepted');

      harness.configure({ jwt_secret: `${SECRET}-changed` });

      expect(await refusal(token)).toBe('token_invalid');
    });

    it('cannot be signed with an empty secret when none is configured', async () => {
      harness.configure({ jwt_secret: '' });

      expect(await refusal(forgeHmac(claims(), ''))).toBe('token_invalid');
    });
  });

  describe('a shared secret with line breaks, as `openssl rand -base64 64` prints it', () => {
    const lines = ['mLmc8m2Yk1n5DdEo0PCV5KX1mFQ8rW3uGmZq9VtB6cTzYxJ4sHhLpA7NfRwUiEoD', 'Kq3v5y8BxEzGdJhMmQrSuVwY'];
    const forms: readonly [string, string][] = [
      ['as it is', `${lines.join('\n')}\n`],
      ['without the last line break', lines.join('\n')],
      ['on one line', lines.join('')],
    ];

    it.each(forms)('takes tokens signed with the secret %s', async (_, form) => {
      harness.configure({ jwt_secret: `${lines.join('\n')}\n` });

      expect(await refusal(forgeHmac(claims(), form))).toBe('accepted');
      expect(await refusal(forgeHmac(claims(), lines[0] ?? ''))).toBe('token_invalid');
    });

    it('takes them with Windows line breaks too', async () => {
      harness.configure({ jwt_secret: `${lines.join('\r\n')}\r\n` });

      expect(await refusal(forgeHmac(claims(), lines.join('')))).toBe('accepted');
    });
  });

  describe('what else may come as a token', () => {
    it('takes no token without a signature', async () => {
      const names = ['none', 'None', 'NONE', 'nOnE'];

      for (const alg of names) {
        expect(await refusal(forgeUnsigned(claims(), { alg }))).toBe('token_invalid');
      }
    });

    it('takes HS256 alone', async () => {
      expect(await refusal(forgeHmac(claims(), SECRET, { alg: 'HS512' }, 'sha512'))).toBe('token_invalid');
      expect(await refusal(forgeHmac(claims(), SECRET, { alg: 'HS384' }, 'sha384'))).toBe('token_invalid');
      expect(await refusal(forgeRsa(claims()).token)).toBe('token_invalid');
    });

    // A verifier that lets the header choose the algorithm takes a public key for an HMAC secret.
    it('does not confuse a public key with an HMAC secret', async () => {
      const { token, publicPem } = forgeRsa(claims());
      harness.configure({ jwt_secret: publicPem });

      expect(await refusal(token)).toBe('token_invalid');
    });

    const MALFORMED = [
      ['a Gemini API key', 'AIzaSyA1234567890abcdefghijklmnopqrstuv'],
      ['an empty text', ''],
      ['two dots', '..'],
      ['two parts', 'eyJhbGciOiJIUzI1NiJ9.e30'],
      ['a header that is not JSON', 'bm90anNvbg.e30.c2ln'],
      ['a header that is a list', 'W10.e30.c2ln'],
      ['a key id that is a number', `${Buffer.from('{"alg":"HS256","kid":1}').toString('base64url')}.e30.c2ln`],
      ['a very long text', `${'a'.repeat(9000)}.${'b'.repeat(9000)}.c`],
      ['control characters', '\u0000\u0001.\u0002.\u0003'],
    ] as const;

    it.each(MALFORMED)('calls %s malformed', async (_, token) => {
      expect(await refusal(token)).toBe('token_malformed');
    });

    it('never repeats the token in the fault', async () => {
      const token = tamper(await clientToken(), (own) => ({ ...own, sub: 'x' }));

      await expect(async () => verifier.verify(token, 'data')).rejects.toThrow(/^(?!.*eyJ).*$/);
    });
  });
});
