import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import type { Penalty } from './penalty.js';
import type { UpstreamKey } from './upstream-key.js';

/** Refusals of a credential itself: somebody must look at them. */
const SECURITY_REASONS = /leaked|suspended|API_KEY_INVALID|CONSUMER_SUSPENDED|PERMISSION_DENIED/i;

/** Tells log and audit what becomes of keys. */
@Injectable()
export class KeyEvents {
  private readonly log = new Logger('Balancer');

  constructor(private readonly audit: AuditLog) {}

  /** A scope of a key was put to rest. */
  rested(key: UpstreamKey, scope: string, verdict: Penalty): void {
    const reason = verdict.scope === 'bucket' ? verdict.rest.kind : verdict.reason;
    this.log.warn({ keyId: key.id, scope, reason }, 'a key rests');
    const isSecurityMatter = verdict.scope !== 'bucket' && SECURITY_REASONS.test(reason);
    this.audit.append({
      type: isSecurityMatter ? 'SecurityEvent' : 'KeyEvent',
      sourceIp: '',
      action: 'key rests',
      result: 'Failure',
      durationMs: 0,
      actor: { type: 'system', id: 'balancer' },
      details: { key: key.id, scope, reason },
    });
  }
}
