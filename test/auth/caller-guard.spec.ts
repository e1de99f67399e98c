import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Allow, Authenticated, Open } from '../../src/auth/allow.decorator.js';
import { CallerGuard } from '../../src/auth/caller.guard.js';
import { TokenIssuer } from '../../src/auth/token-issuer.js';
import type { Call, Credential } from '../../src/kernel/call.js';
import { Fault } from '../../src/kernel/errors/fault.js';
import { ANONYMOUS, type Plane, type Principal } from '../../src/kernel/principal.js';
import { MetricsText } from '../../src/metrics/metrics-text.js';
import { AuthHarness } from './auth.harness.js';

class Routes {
  plain(): void {}

  @Open()
  open(): void {}

  @Authenticated()
  authenticated(): void {}

  @Allow('keys:write')
  permitted(): void {}
}

type Route = 'plain' | 'open' | 'authenticated' | 'permitted';

const CLIENT: Principal = { type: 'client', id: 'team-a', role: 'client', scopes: [] };

describe('CallerGuard', () => {
  let harness: AuthHarness;
  let guard: CallerGuard;

  beforeAll(async () => {
    harness = await AuthHarness.start();
    guard = harness.get(CallerGuard);
  });
  beforeEach(() => {
    harness.configure({});
  });
  afterAll(() => harness.stop());

  function callWith(credential: Credential, plane: Plane, principal?: Principal): Call {
    return { plane, requestId: 'r-1', sourceIp: '192.0.2.7', credential, principal };
  }

  function judge(call: Call, route: Route = 'plain'): boolean | Promise<boolean> {
    return guard.canActivate(new ExecutionContextHost([{ call }], Routes, Routes.prototype[route]));
  }

  async function outcome(call: Call, route: Route = 'plain'): Promise<string> {
    try {
      return (await judge(call, route)) ? 'passes' : 'stops';
    } catch (error) {
      if (error instanceof Fault) return error.code;
      throw error;
    }
  }

  async function failures(plane: Plane, reason: string): Promise<number> {
    const { body } = await harness.get(MetricsText).render();
    const found = new RegExp(`^auth_failures_total\\{plane="${plane}",reason="${reason}"\\} (\\d+)$`, 'm').exec(body);
    return Number(found?.[1] ?? 0);
  }

  async function token(): Promise<string> {
    return (await harness.get(TokenIssuer).issueClientToken({ client: 'team-a', ttlMs: 60_000 })).token;
  }

  describe('on the data plane', () => {
    it('sets who calls, without waiting', async () => {
      const call = callWith({ kind: 'token', token: await token() }, 'data');

      expect(judge(call)).toBe(true);
      expect(call.principal).toMatchObject({ type: 'client', id: 'team-a' });
    });

    it.each([
      [{ kind: 'none' }, 'credentials_missing', 'missing'],
      [{ kind: 'refused', code: 'credentials_ambiguous' }, 'credentials_ambiguous', 'ambiguous'],
      [{ kind: 'token', token: 'AIzaNoToken' }, 'token_malformed', 'malformed'],
    ] as const)('refuses %j with %s and counts it', async (credential, code, reason) => {
      const before = await failures('data', reason);

      expect(await outcome(callWith(credential, 'data'))).toBe(code);
      expect(await failures('data', reason)).toBe(before + 1);
    });

    it('takes the principal that an upload session vouches for', async () => {
      const call = callWith({ kind: 'session', principal: CLIENT }, 'data');

      expect(await outcome(call)).toBe('passes');
      expect(call.principal).toBe(CLIENT);
    });

    it('does not identify a call twice when it stands twice in the chain', async () => {
      const call = callWith({ kind: 'token', token: 'no longer valid' }, 'data', CLIENT);

      expect(await outcome(call)).toBe('passes');
      expect(call.principal).toBe(CLIENT);
    });

    it('knows nobody while auth.enabled is false, whatever clients send', async () => {
      harness.configure({ enabled: false });
      const credentials: Credential[] = [
        { kind: 'none' },
        { kind: 'refused', code: 'credentials_ambiguous' },
        { kind: 'token', token: 'AIzaDummy' },
        { kind: 'token', token: await token() },
      ];

      for (const credential of credentials) {
        const call = callWith(credential, 'data');
        expect(await outcome(call)).toBe('passes');
        expect(call.principal).toBe(ANONYMOUS);
      }
    });
  });

  describe('on the control plane', () => {
    it.each([
      ['open', 'passes'],
      ['authenticated', 'credentials_missing'],
      ['permitted', 'credentials_missing'],
      ['plain', 'credentials_missing'],
    ] as const)('a route that is %s answers a caller without a token: %s', async (route, expected) => {
      expect(await outcome(callWith({ kind: 'none' }, 'control'), route)).toBe(expected);
    });

    it('needs a token also while auth.enabled is false', async () => {
      harness.configure({ enabled: false });

      expect(await outcome(callWith({ kind: 'none' }, 'control'), 'authenticated')).toBe('credentials_missing');
    });

    it.each([
      ['operator', 'permitted', 'passes'],
      ['viewer', 'permitted', 'permission_denied'],
      ['viewer', 'authenticated', 'passes'],
      ['admin', 'plain', 'permission_denied'],
    ] as const)('%s on a route that is %s: %s', async (role, route, expected) => {
      const principal: Principal = { type: 'admin', id: 'olga', role, scopes: [] };

      expect(await outcome(callWith({ kind: 'none' }, 'control', principal), route)).toBe(expected);
    });

    it('counts who lacks a permission', async () => {
      const before = await failures('control', 'forbidden');
      await outcome(
        callWith({ kind: 'none' }, 'control', { type: 'admin', id: 'v', role: 'viewer', scopes: [] }),
        'permitted',
      );

      expect(await failures('control', 'forbidden')).toBe(before + 1);
    });
  });
});
