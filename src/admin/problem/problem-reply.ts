import type { FastifyReply } from 'fastify';
import type { Fault } from '../../kernel/errors/fault.js';
import { PROBLEM_MEDIA_TYPE, toProblem } from './problem.js';

/** Sends a fault as problem+json, with the headers that its status asks for. */
export function sendProblem(reply: FastifyReply, fault: Fault, requestId: string): void {
  if (reply.sent) return;
  const { status } = fault.row;
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
  void reply
    .status(status)
    .header('x-request-id', requestId)
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(toProblem(fault, requestId)));
}
