import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { actorOf } from '../audit/audit-event.js';
import type { Resource } from '../kernel/gemini/resource.js';
import type { Exchange } from './exchange.js';

const NAMES_MAX = 10;

/** Tells log and audit of what exists at Google while the database does not say whose it is. */
@Injectable()
export class LostOwnership {
  private readonly log = new Logger('Ownership');

  constructor(private readonly audit: AuditLog) {}

  /** The owner of these could not be written, or not be removed. */
  report(exchange: Exchange, resources: readonly Resource[], error: unknown): void {
    const { requestId, key, principal, sourceIp } = exchange;
    const names = resources.slice(0, NAMES_MAX).map(({ name }) => name);
    const project = key?.project;
    this.log.warn(
      { err: error, requestId, project, resources: names },
      'whose resources these are could not be written',
    );
    this.audit.append({
      type: 'SystemEvent',
      sourceIp,
      action: 'ownership not written',
      result: 'Failure',
      durationMs: 0,
      requestId,
      actor: actorOf(principal),
      details: { project, resources: names },
    });
  }
}
