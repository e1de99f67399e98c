import type { ProxyConfig } from '../config/schema.js';
import { trustOf } from '../egress/url-guard.js';
import type { UpstreamRequest } from '../egress/upstream-client.js';
import { Fault } from '../kernel/errors/fault.js';
import { replaceStringField } from '../kernel/gemini/json-fields.js';
import { upstreamQuery } from '../kernel/gemini/query.js';
import { headersForUpstream } from '../kernel/http/headers.js';
import type { Secret } from '../kernel/secret.js';
import type { Exchange } from './exchange.js';
import { upstreamBase } from './upstream-base.js';
import { uploadBody } from './uploads/upload-body.js';

const MODEL_IN_PATH = /(\/(?:models\/models|models|tunedModels|dynamic)\/)[^/:?]+/;

/** A request that lacks only its credential. */
export interface OutboundRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly string[];
  readonly body: UpstreamRequest['body'];
  /** The one header that carries the key; the OpenAI-compatible routes read another one (wire facts C.1). */
  readonly keyHeader: 'x-goog-api-key' | 'authorization';
  /** False when the body is a stream, which can be sent once. */
  readonly canRepeat: boolean;
}

/**
 * What goes upstream for an exchange: canonical path, filtered query and headers, the body as it was read. `query` takes
 * the place of the caller's.
 */
export function outboundRequest(exchange: Exchange, config: ProxyConfig, query?: string): OutboundRequest {
  const { request, uploadSession } = exchange.arrival;
  const target = uploadSession ? sessionTarget(uploadSession.url, config) : plainTarget(exchange, config, query);
  const to = { ...target, method: request.method ?? 'GET', keyHeader: keyHeaderOf(exchange) } as const;
  const headers = [...headersForUpstream(request.rawHeaders), 'accept-encoding', 'identity'];
  const { body } = exchange;
  if (body) return { ...to, headers: isEncoded(request) ? withoutEncoding(headers) : headers, body, canRepeat: true };
  if (!hasBody(request)) return { ...to, headers, body: null, canRepeat: true };
  const length = request.headers['content-length'];
  if (length !== undefined) headers.push('content-length', length);
  const upload = uploadBody(request, config.server.body.upload_max);
  return { ...to, headers, body: upload, canRepeat: false };
}

/** The request for another model than the caller named: in the path, or in the body where it stands there. */
export function withModel(
  request: OutboundRequest,
  { route, model: asked }: Exchange,
  model: string | undefined,
): OutboundRequest {
  if (model === undefined || model === asked) return request;
  if (route.modelInBody && Buffer.isBuffer(request.body)) {
    return { ...request, body: replaceStringField(request.body, 'model', model) };
  }
  return {
    ...request,
    path: request.path.replace(MODEL_IN_PATH, (_, before: string) => before + encodeURIComponent(model)),
  };
}

/** The request with the one credential that upstream sees. */
export function withKey(request: OutboundRequest, key: Secret): UpstreamRequest {
  const { origin, path, method, headers, body, keyHeader } = request;
  const value = keyHeader === 'authorization' ? `Bearer ${key.reveal()}` : key.reveal();
  return { origin, path, method, headers: [...headers, keyHeader, value], body };
}

function keyHeaderOf(exchange: Exchange): OutboundRequest['keyHeader'] {
  return exchange.route.surface === 'openai' ? 'authorization' : 'x-goog-api-key';
}

function plainTarget(
  exchange: Exchange,
  config: ProxyConfig,
  asked: string | undefined,
): Pick<OutboundRequest, 'origin' | 'path'> {
  const { surface, traits, subject } = exchange.route;
  // The answer to a creation must tell what was made, so it is not masked.
  const own = subject.kind === 'creation' ? exchange.arrival.query.upstream : undefined;
  const query = asked ?? own ?? upstreamQuery(exchange.arrival.query, surface === 'native' && traits.billable);
  const { origin, prefix } = upstreamBase(config);
  const path = `${prefix}${exchange.route.path}`;
  return { origin, path: query === '' ? path : `${path}?${query}` };
}

function sessionTarget(url: string, config: ProxyConfig): Pick<OutboundRequest, 'origin' | 'path'> {
  const target = new URL(url);
  if (trustOf(target, upstreamBase(config).url) !== 'with_key') throw new Fault('upload_session_invalid');
  return { origin: target.origin, path: `${target.pathname}${target.search}` };
}

function hasBody(request: { headers: NodeJS.Dict<string | string[]> }): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

function isEncoded(request: { headers: NodeJS.Dict<string | string[]> }): boolean {
  return request.headers['content-encoding'] !== undefined;
}

/** The body was decoded while it was read. */
function withoutEncoding(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.toLowerCase() !== 'content-encoding') kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
}
