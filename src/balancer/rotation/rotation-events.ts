import { Injectable, Logger } from '@nestjs/common';
import type { AuditDetails } from '../../audit/audit-event.js';
import { AuditLog } from '../../audit/audit-log.js';

/** What can happen to a key that is replaced, stands in, or grows old. */
export type RotationAction =
  | 'key rotated'
  | 'key rotation refused'
  | 'old secret forgotten'
  | 'old secret kept'
  | 'rotated secret dropped'
  | 'standby key steps in'
  | 'standby key steps back'
  | 'key is due for rotation'
  | 'key is overdue for rotation';

/** These ask for somebody's attention. */
const WARNINGS: ReadonlySet<RotationAction> = new Set<RotationAction>([
  'key rotation refused',
  'old secret kept',
  'rotated secret dropped',
  'standby key steps in',
  'key is due for rotation',
  'key is overdue for rotation',
]);

const FAILURES: ReadonlySet<RotationAction> = new Set<RotationAction>(['key rotation refused', 'old secret kept']);

/** Tells log and audit what becomes of secrets and standby keys; secrets are named by their fingerprints. */
@Injectable()
export class RotationEvents {
  private readonly log = new Logger('Rotation');

  constructor(private readonly audit: AuditLog) {}

  tell(action: RotationAction, keyId: string, details: AuditDetails): void {
    const entry = { keyId, ...details };
    if (WARNINGS.has(action)) this.log.warn(entry, action);
    else this.log.log(entry, action);
    this.audit.append({
      type: 'KeyEvent',
      sourceIp: '',
      action,
      result: FAILURES.has(action) ? 'Failure' : 'Success',
      durationMs: 0,
      actor: { type: 'system', id: 'rotation' },
      details: { key: keyId, ...details },
    });
  }
}
