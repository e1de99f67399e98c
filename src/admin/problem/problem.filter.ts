import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditLog } from '../../audit/audit-log.js';
import { isAudited } from '../../audit/audited-calls.js';
import { refusalEvent } from '../../audit/control-event.js';
import { findCall } from '../../faults/call-of.js';
import { Fault } from '../../kernel/errors/fault.js';
import { ControlCall } from '../transport/control-call.js';
import { pathOf } from '../transport/request-path.js';
import { RouteTable } from '../transport/route-table.js';
import { toHttpFault } from './http-fault.js';
import { sendProblem } from './problem-reply.js';

/**
 * Answers every error of the control plane as problem+json. Refusals that no interceptor saw (of guards, unknown
 * paths, bodies that cannot be read) are audited here. Errors of the data plane are passed on untouched.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(
    private readonly audit: AuditLog,
    private readonly routes: RouteTable,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (findCall(host)?.plane === 'data') throw error;
    const [request, reply] = host.getArgs<[FastifyRequest, FastifyReply]>();
    const call = ControlCall.of(request);
    const fault = this.faultOf(error, request, reply);
    if (fault.row.status >= 500) {
      this.logger.error({ err: fault.cause ?? fault, request_id: call.requestId }, fault.message);
    }
    if (fault.row.source === 'caller' && !isAudited(call)) {
      this.audit.append(refusalEvent(call, fault, request.method, pathOf(request), reply.elapsedTime));
    }
    sendProblem(reply, fault, call.requestId);
  }

  private faultOf(error: unknown, request: FastifyRequest, reply: FastifyReply): Fault {
    const fault = toHttpFault(error);
    if (fault.code !== 'not_found' || !(error instanceof HttpException)) return fault;
    const methods = this.routes.methodsAt(pathOf(request));
    if (methods.length === 0 || methods.includes(request.method)) return fault;
    const allowed = methods.join(', ');
    reply.header('allow', allowed);
    return new Fault('method_not_allowed', {
      detail: `The path does not take ${request.method}. It takes ${allowed}.`,
    });
  }
}
