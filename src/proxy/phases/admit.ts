import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Fault } from '../../kernel/errors/fault.js';

/** Phase 4: decides whether the replica takes the call at all. */
@Injectable()
export class Admission {
  constructor(private readonly audit: AuditLog) {}

  /** @throws Fault audit_unavailable while the audit cannot be written and `audit.when_full` is `refuse` */
  admit(): void {
    if (!this.audit.accepting) {
      throw new Fault('audit_unavailable');
    }
  }
}
