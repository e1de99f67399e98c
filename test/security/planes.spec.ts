import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { TokenIssuer } from '../../src/auth/token-issuer.js';
import { mint } from '../data-plane/live.fixtures.js';
import { JWT_SECRET, ProxyHarness } from '../support/proxy.harness.js';

type Plane = 'data' | 'control';

/** A credential, and what both planes answer to it. */
interface Row {
  readonly what: string;
  readonly make: (proxy: ProxyHarness, plane: Plane) => Promise<string | undefined>;
  readonly code: string;
  readonly reason: string;
}

const sign = (claims: object, secret = JWT_SECRET, header: object = {}) =>
  new JwtService({}).signAsync(claims, { secret, algorithm: 'HS256', header: { alg: 'HS256', ...header } });
const now = (): number => Math.floor(Date.now() / 1000);

const ROWS: readonly Row[] = [
  { what: 'nothing', make: () => Promise.resolve(undefined), code: 'credentials_missing', reason: 'missing' },
  { what: 'no token', make: () => Promise.resolve('AIzaSy-not-a-token'), code: 'token_malformed', reason: 'malformed' },
  {
    what: 'an ephemeral token of Live sessions',
    make: (proxy) => mint(proxy),
    code: 'token_malformed',
    reason: 'malformed',
  },
  {
    what: 'a token of the other plane',
    make: async (proxy, plane) => {
      const issuer = proxy.application.get(TokenIssuer);
      const session = { sessionId: 'none', username: 'admin', role: 'admin', ttlMs: 60_000 } as const;
      return (plane === 'control' ? { token: proxy.token } : await issuer.issueSessionToken(session)).token;
    },
    code: 'token_wrong_audience',
    reason: 'wrong_audience',
  },
  {
    what: 'a token of an unknown key',
    make: () =>
      sign({ sub: 'x', role: 'client', iat: now(), exp: now() + 60 }, 'another secret of enough characters', {
        kid: 'nobody',
      }),
    code: 'token_invalid',
    reason: 'invalid',
  },
  {
    what: 'a token without a signature',
    make: () => Promise.resolve('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZSI6ImFkbWluIn0.'),
    code: 'token_invalid',
    reason: 'invalid',
  },
];

/** The data plane runs the guard without the control plane's interceptors, so this holds them together. */
describe.each(['data', 'control'] as const)('the %s plane', (plane) => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
  });
  afterAll(() => proxy.stop());

  it.each(ROWS)('refuses $what with $code, in metric and audit alike', async ({ make, code, reason }) => {
    const token = await make(proxy, plane);
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const url = plane === 'data' ? `${proxy.url}/v1beta/models` : `${proxy.controlUrl}/api/sessions`;
    const response = await fetch(url, { headers });
    const body = await response.text();
    expect(response.status).toBe(401);
    expect(plane === 'data' ? response.headers.get('x-gemini-proxy-fault') : JSON.parse(body)).toEqual(
      plane === 'data' ? code : expect.objectContaining({ code }),
    );
    const requestId = response.headers.get('x-request-id');
    const lines = (await proxy.auditText()).split('\n').filter((line) => line.includes(`"request_id":"${requestId}"`));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ result: 'Denied', details: { status: 401, fault: code } });
    expect(await proxy.metrics()).toMatch(
      new RegExp(`^auth_failures_total\\{plane="${plane}",reason="${reason}"\\} [1-9]`, 'm'),
    );
  });
});
