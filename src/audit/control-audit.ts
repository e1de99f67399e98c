import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { callOf } from '../faults/call-of.js';
import { toFault } from '../faults/to-fault.js';
import { Clock } from '../kernel/clock.js';
import type { FaultCode } from '../kernel/errors/fault-table.js';
import type { AuditedEventType } from './audit-event.js';
import { AuditLog } from './audit-log.js';
import { AUDITED_AS } from './audited.decorator.js';
import { markAudited } from './audited-calls.js';
import { controlEvent } from './control-event.js';

/** The line of one running request; exactly one of the two ends it. */
export interface ControlRecord {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Lines of the control plane's `@Audited` routes. */
@Injectable()
export class ControlAudit {
  constructor(
    private readonly log: AuditLog,
    private readonly clock: Clock,
    private readonly reflector: Reflector,
  ) {}

  /** Begins the line of a request; undefined when its route is not marked. */
  open(context: ExecutionContext): ControlRecord | undefined {
    const type = this.reflector.getAllAndOverride<AuditedEventType | undefined>(AUDITED_AS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!type) return undefined;
    markAudited(callOf(context));
    const append = this.appender(type, context);
    return {
      done: () => {
        append(context.switchToHttp().getResponse<FastifyReply>().statusCode);
      },
      failed: (error) => {
        const fault = toFault(error);
        append(fault.row.status, fault.code);
      },
    };
  }

  private appender(type: AuditedEventType, context: ExecutionContext): (status: number, fault?: FaultCode) => void {
    const startedMs = this.clock.monotonic();
    const { method, url } = context.switchToHttp().getRequest<FastifyRequest>();
    return (status, fault) => {
      const durationMs = this.clock.monotonic() - startedMs;
      this.log.append(controlEvent(type, callOf(context), { method, path: url, durationMs, status, fault }));
    };
  }
}
