import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, googleError } from '../errors/google-error.js';
import type { Credential } from '../world/credentials.js';
import { credentialOf, secretOf } from '../world/credentials.js';
import type { World } from '../world/world.js';
import { ApiCall } from './api-call.js';
import { CallerGoneError, parseBody, readBody } from './body.js';
import { googleHeaders } from './google-headers.js';
import { accountOf, authorize } from './identify.js';
import { answeredByFault } from './outcome.js';
import { recordCall } from './recorder.js';
import { Reply } from './reply.js';
import type { RequestLog } from './request-log.js';
import type { Route, RouteMatch, Router } from './router.js';
import { isSse, splitTarget } from './target.js';

/** Takes each request from its first line to the end of its answer. */
export class Pipeline {
  constructor(
    private readonly router: Router,
    private readonly log: RequestLog | undefined,
  ) {}

  /** Never rejects: what goes wrong becomes an answer. */
  async serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, query } = splitTarget(request.url ?? '/');
    const method = request.method ?? 'GET';
    const match = this.router.find(method, path);
    const reply = new Reply(response, world.clock);
    const call = new ApiCall(world, request, reply, path, query, {
      version: match?.version ?? '',
      params: match?.params ?? {},
      dialect: dialectOf(match, query),
    });
    const credential = credentialOf(request.headers, query);
    call.account = accountOf(world, credential);
    if (this.log !== undefined) recordCall(this.log, world.clock, call, secretOf(credential), response);
    try {
      await answer(call, match, credential);
    } catch (error) {
      await failed(call, response, error);
    }
  }
}

async function answer(call: ApiCall, match: RouteMatch | undefined, credential: Credential): Promise<void> {
  planFaults(call, match?.params.model);
  const { harm } = call.plan;
  if (harm !== undefined && harm.kind !== 'cut' && harm.at === 'arrival') return call.reply.strike(harm);
  if (match === undefined) return notFound(call);
  const { route, params } = match;
  await readJson(call, route);
  if (route.open?.(call.query) !== true) authorize(call, credential, route.charge !== undefined);
  admit(call, route, params.model === undefined);
  if (call.plan.delayMs > 0) await call.reply.pause(call.plan.delayMs);
  if (!(await answeredByFault(call))) await route.handle(call);
}

async function readJson(call: ApiCall, route: Route): Promise<void> {
  if (route.body === 'raw' || route.method === 'GET') return;
  const bytes = await readBody(call.request, call.world.scenario.max_body_bytes, call.watchBody);
  call.body = parseBody(bytes, call.request.headers['content-encoding']);
}

function dialectOf(match: RouteMatch | undefined, query: URLSearchParams): ApiCall['route']['dialect'] {
  const dialect = match?.route.dialect ?? 'native';
  return dialect === 'array' && isSse(query) ? 'native' : dialect;
}

/** Counts the call against its project's quotas, whatever becomes of it afterwards. */
function admit(call: ApiCall, { charge }: Route, modelInBody: boolean): void {
  if (charge === undefined) return;
  call.charge = charge(call);
  if (modelInBody) planFaults(call, call.charge.model, true);
  call.project.quotas.admit(call.charge.model, call.charge.inputTokens, call.world.clock.now());
}

function planFaults(call: ApiCall, model: string | undefined, again = false): void {
  call.planFaults(call.request.method ?? 'GET', call.request.url ?? '/', model, again);
  call.reply.harm = call.plan.harm;
}

const NOT_FOUND_PAGE = `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 404 (Not Found)!!1</title>
  <p><b>404.</b> <ins>That’s an error.</ins>
  <p>The requested URL was not found on this server.  <ins>That’s all we know.</ins>
`;

async function notFound(call: ApiCall): Promise<void> {
  call.request.resume();
  await call.reply.send(404, { ...googleHeaders(false), 'content-type': 'text/html; charset=UTF-8' }, NOT_FOUND_PAGE);
}

async function failed(call: ApiCall, response: ServerResponse, error: unknown): Promise<void> {
  if (error instanceof CallerGoneError || response.headersSent || !call.reply.open) return;
  // The connection stays usable only when the rest of the request has been read.
  call.request.resume();
  if (error instanceof ApiError) return call.fail(error);
  process.emitWarning(error instanceof Error ? error : String(error), { type: 'EmulatorWarning' });
  await call.fail(new ApiError(googleError(500, 'Internal error encountered.')));
}
