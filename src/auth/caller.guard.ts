import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { types } from 'node:util';
import { ConfigStore } from '../config/config.store.js';
import { callOf } from '../faults/call-of.js';
import type { Call } from '../kernel/call.js';
import { Fault } from '../kernel/errors/fault.js';
import { ANONYMOUS, type Principal } from '../kernel/principal.js';
import { ProxyMetrics } from '../metrics/proxy-metrics.js';
import { ACCESS, type Access } from './allow.decorator.js';
import { EphemeralTokens } from './ephemeral/ephemeral-tokens.js';
import { failureReason } from './failure-reason.js';
import { isPermitted } from './permissions.js';
import { TokenVerifier } from './token-verifier.js';

const NO_TOKEN_ON_CONTROL_PLANE =
  'No token was sent. Log in with POST /auth/login and send the access token as `Authorization: Bearer`.';

/**
 * Finds out who calls and whether they may, on both planes; sets `call.principal`. Throws the Fault of a refusal.
 * Calls whose principal is known already are not identified again, so the guard may stand twice in a chain.
 */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly ephemeral: EphemeralTokens,
    private readonly config: ConfigStore,
    private readonly metrics: ProxyMetrics,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = callOf(context);
    // Routes of the data plane carry no marks; what a call there may do is decided by its path.
    const access = call.plane === 'control' ? this.accessOf(context) : undefined;
    if (call.plane === 'control' && access?.kind === 'open') return true;
    try {
      const identified = call.principal ?? this.identify(call);
      if (!types.isPromise(identified)) return admit(call, access, identified);
      return identified
        .then((principal) => admit(call, access, principal))
        .catch((error: unknown) => this.refuse(call, error));
    } catch (error) {
      return this.refuse(call, error);
    }
  }

  private accessOf(context: ExecutionContext): Access | undefined {
    return this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]);
  }

  private identify(call: Call): Principal | Promise<Principal> {
    const { credential, plane } = call;
    if (credential.kind === 'session') return credential.principal;
    // Also where nobody must say who they are: Google's own token behind it holds the session to its terms.
    if (credential.kind === 'ephemeral') return this.ephemeral.verify(credential.token);
    if (plane === 'data' && !this.config.current.auth.enabled) return ANONYMOUS;
    switch (credential.kind) {
      case 'token':
        return this.tokens.verify(credential.token, plane);
      case 'refused':
        throw new Fault(credential.code, { detail: credential.detail });
      case 'none':
        throw new Fault('credentials_missing', plane === 'control' ? { detail: NO_TOKEN_ON_CONTROL_PLANE } : {});
    }
  }

  private refuse(call: Call, error: unknown): never {
    const reason = failureReason(error);
    if (reason !== undefined) this.metrics.authFailure(call.plane, reason);
    throw error;
  }
}

function admit(call: Call, access: Access | undefined, principal: Principal): boolean {
  call.principal = principal;
  if (access?.kind === 'permitted' && !isPermitted(principal.role, access.permission)) {
    throw new Fault('permission_denied', {
      detail: `The role ${principal.role} does not have the permission ${access.permission} that the call needs.`,
    });
  }
  if (access === undefined && call.plane === 'control') throw new Fault('permission_denied');
  return true;
}
