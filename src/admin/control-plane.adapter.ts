import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply } from 'fastify';
import type { ProxyConfig } from '../config/schema.js';
import { newId } from '../kernel/ids.js';
import { answerClientError } from './problem/client-error.js';
import { toHttpFault } from './problem/http-fault.js';
import { sendProblem } from './problem/problem-reply.js';

export const BODY_BYTES_MAX = 1024 ** 2;
const REQUEST_TIMEOUT_MS = 30_000;

/** The HTTP server of the control plane; what never reaches a route is answered as problem+json too. */
export function createControlPlaneAdapter(server: ProxyConfig['server']): FastifyAdapter {
  return new FastifyAdapter({
    trustProxy: server.trust_proxy,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: FastifyError, _request: unknown, reply: FastifyReply) => {
      sendProblem(reply, toHttpFault(error), newId());
    },
  });
}
