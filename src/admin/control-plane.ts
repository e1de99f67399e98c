import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { CallerGuard } from '../auth/caller.guard.js';
import { ProxyMetrics } from '../metrics/proxy-metrics.js';
import { BODY_BYTES_MAX } from './control-plane.adapter.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { jsonObjectParser } from './transport/body-parser.js';
import { ControlCall } from './transport/control-call.js';
import { RouteTable } from './transport/route-table.js';
import { createValidationPipe } from './validation.js';

export interface ControlPlaneOptions {
  /** Whether the replica runs in demo mode, which every answer then says. */
  readonly demo: boolean;
}

/** Sets the control plane up on a Nest application; call it once, before `init()` and before routes are added. */
export function configureControlPlane(app: NestFastifyApplication, options: ControlPlaneOptions): void {
  const server = app.getHttpAdapter().getInstance();
  app.get(RouteTable).observe(server);
  attachCall(server, options);
  countRequests(server, app.get(ProxyMetrics));
  server.removeAllContentTypeParsers();
  app.useBodyParser('*', { bodyLimit: BODY_BYTES_MAX }, jsonObjectParser(server));
  app.useGlobalGuards(app.get(CallerGuard));
  app.useGlobalPipes(createValidationPipe());
  app.useGlobalFilters(app.get(ProblemFilter));
}

function attachCall(server: FastifyInstance, { demo }: ControlPlaneOptions): void {
  server.decorateRequest('call');
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', ControlCall.of(request).requestId);
    // Answers hold tokens, sessions and states that are outdated a moment later.
    reply.header('cache-control', 'no-store');
    if (demo) reply.header('x-gemini-proxy-demo', 'true');
    done();
  });
}

function countRequests(server: FastifyInstance, metrics: ProxyMetrics): void {
  server.addHook('onResponse', (request, reply, done) => {
    metrics.controlRequest(request.method, reply.statusCode);
    done();
  });
}
