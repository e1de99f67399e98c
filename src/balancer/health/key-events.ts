import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import type { Penalty } from './penalty.js';
import type { UpstreamKey } from '../keys/upstream-key.js';
import type { Scope } from './scope.js';

/** Refusals of a credential itself, or of who owns it: somebody must look at them. */
const SECURITY_REASONS =
  /^(?:API_KEY_|ACCESS_TOKEN_|CONSUMER_|PROJECT_DENIED|GCP_SUSPENDED|USER_PROJECT_DENIED|USER_BLOCKED|HTTP_40[13])/;

/** Tells log and audit what becomes of keys. */
@Injectable()
export class KeyEvents {
  private readonly log = new Logger('Balancer');

  constructor(private readonly audit: AuditLog) {}

  /** A scope of a key was put to rest. */
  rested(key: UpstreamKey, scope: Scope, verdict: Penalty): void {
    const reason = verdict.scope === 'bucket' ? verdict.rest.kind : verdict.reason;
    this.log.warn({ keyId: key.id, scope: scope.name, reason }, 'a key rests');
    const isSecurityMatter = verdict.scope !== 'bucket' && SECURITY_REASONS.test(reason);
    this.audit.append({
      type: isSecurityMatter ? 'SecurityEvent' : 'KeyEvent',
      sourceIp: '',
      action: 'key rests',
      result: 'Failure',
      durationMs: 0,
      actor: { type: 'system', id: 'balancer' },
      details: { key: key.id, scope: scope.name, reason },
    });
  }

  /** A scope serves again; `by` says who found it well. */
  returned(scope: Scope, by: 'probe' | 'reset' | 'configuration'): void {
    const reason = scope.coolDown?.reason ?? '';
    this.log.log({ scope: scope.name, by }, 'a scope serves again');
    this.audit.append({
      type: 'KeyEvent',
      sourceIp: '',
      action: 'key returns',
      result: 'Success',
      durationMs: 0,
      actor: { type: 'system', id: 'balancer' },
      details: { scope: scope.name, by, reason },
    });
  }
}
