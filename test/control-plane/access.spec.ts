import { Get } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ControlPlaneController } from '../../src/admin/transport/control-plane-controller.decorator.js';
import { Allow } from '../../src/auth/allow.decorator.js';
import { isPermitted, PERMISSIONS, type Permission } from '../../src/auth/permissions.js';
import { TokenIssuer } from '../../src/auth/token-issuer.js';
import type { Role } from '../../src/kernel/principal.js';
import { forgeHmac } from '../auth/forge-token.js';
import { ControlPlaneHarness, JWT_SECRET, PASSWORD } from './control-plane.harness.js';

const ADMIN_ROLES: readonly Role[] = ['admin', 'operator', 'auditor', 'viewer'];

function pathFor(permission: Permission): string {
  return `/api/matrix/${permission.replace(':', '-')}`;
}

function controllerFor(permission: Permission): Type {
  @ControlPlaneController(pathFor(permission), 'matrix')
  class MatrixController {
    @Get()
    @Allow(permission)
    read(): { ok: boolean } {
      return { ok: true };
    }
  }
  return MatrixController;
}

@ControlPlaneController('api/undecided', 'matrix')
class UndecidedController {
  @Get()
  read(): { ok: boolean } {
    return { ok: true };
  }
}

describe('who may use the control plane', () => {
  let plane: ControlPlaneHarness;
  const tokens = new Map<Role, string>();

  beforeAll(async () => {
    plane = await ControlPlaneHarness.start({ controllers: [...PERMISSIONS.map(controllerFor), UndecidedController] });
    tokens.set('admin', (await plane.login()).token);
    for (const role of ['operator', 'auditor', 'viewer'] as const) {
      tokens.set(role, (await plane.login(role, `${role}-${PASSWORD}`)).token);
    }
  });
  afterAll(() => plane.stop());

  async function codeOf(path: string, token?: string): Promise<string> {
    const call = plane.http.get(path);
    const { status, body } = await (token === undefined ? call : call.set('authorization', `Bearer ${token}`));
    return status === 200 ? 'ok' : `${status} ${(body as { code: string }).code}`;
  }

  it.each(PERMISSIONS)('%s: each role gets what the matrix says', async (permission) => {
    for (const role of ADMIN_ROLES) {
      const expected = isPermitted(role, permission) ? 'ok' : '403 permission_denied';
      expect(`${role}: ${await codeOf(pathFor(permission), tokens.get(role))}`).toBe(`${role}: ${expected}`);
    }
  });

  it('nobody without a token', async () => {
    expect(await codeOf('/api/matrix/config-read')).toBe('401 credentials_missing');
  });

  it('says with the 401 which scheme it wants', async () => {
    const { headers } = await plane.http.get('/api/sessions').expect(401);

    expect(headers['www-authenticate']).toBe('Bearer');
  });

  it('nobody by a token in the URL or in the headers of Gemini clients', async () => {
    const token = tokens.get('admin')!;

    expect(await codeOf(`/api/sessions?key=${token}`)).toBe('401 credentials_missing');
    const { body } = await plane.http.get('/api/sessions').set('x-goog-api-key', token).expect(401);
    expect(body).toMatchObject({ code: 'credentials_missing' });
  });

  it('nobody on a route that does not say who may', async () => {
    expect(await codeOf('/api/undecided', tokens.get('admin'))).toBe('403 permission_denied');
    expect(await codeOf('/api/undecided')).toBe('401 credentials_missing');
  });

  it('no client: its token is for the data plane', async () => {
    const { token } = await plane.get(TokenIssuer).issueClientToken({ client: 'team-a', ttlMs: 60_000 });

    expect(await codeOf('/api/sessions', token)).toBe('401 token_wrong_audience');
  });

  it('no token made elsewhere, whatever it claims', async () => {
    const now = Math.floor(Date.now() / 1000);
    plane.configure({
      auth: { jwt_secret: JWT_SECRET, shared_secret: { roles: ['client', 'admin'] } },
    });
    const claims = { sub: 'admin', role: 'admin', aud: 'control', iat: now, exp: now + 60 };

    expect(await codeOf('/api/sessions', forgeHmac(claims, JWT_SECRET))).toBe('401 token_wrong_audience');
  });

  it('nobody by what is not a token, and refusals are counted by reason', async () => {
    expect(await codeOf('/api/sessions', 'garbage')).toBe('401 token_malformed');
    const { body } = await plane.http.get('/api/sessions').set('authorization', 'Basic YWRtaW46YWRtaW4=').expect(401);
    expect(body).toMatchObject({ code: 'credentials_missing' });

    const { text } = await plane.http.get('/metrics').expect(200);
    for (const reason of ['missing', 'malformed', 'wrong_audience', 'forbidden']) {
      expect(text).toMatch(new RegExp(`^auth_failures_total\\{[^}]*reason="${reason}"[^}]*\\} [1-9]`, 'm'));
    }
  });
});
