import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a page may send and read: Google's list (wire facts A.4) and what uploads and this proxy add. */
const ALLOWED_HEADERS =
  'authorization, content-type, x-goog-api-key, x-goog-api-client, x-goog-upload-command, x-goog-upload-protocol, ' +
  'x-goog-upload-offset, x-goog-upload-header-content-length, x-goog-upload-header-content-type, x-goog-upload-file-name, ' +
  'x-server-timeout, api-revision';
const EXPOSED_HEADERS =
  'x-request-id, x-gemini-proxy-fault, x-goog-upload-url, x-goog-upload-status, x-goog-upload-chunk-granularity, ' +
  'x-goog-upload-size-received, x-gemini-service-tier, retry-after';
const METHODS = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';

/** Headers for a page of an allowed origin; none for every other caller. */
export function corsHeaders(request: IncomingMessage, origins: readonly string[]): Readonly<Record<string, string>> {
  const { origin } = request.headers;
  if (origin === undefined || !(origins.includes('*') || origins.includes(origin))) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED_HEADERS, vary: 'origin' };
}

/** Answers a preflight of an allowed origin; false when the request is something else. */
export function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  cors: Readonly<Record<string, string>>,
): boolean {
  const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (!isPreflight || cors['access-control-allow-origin'] === undefined) return false;
  response.writeHead(204, {
    ...cors,
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-max-age': '3600',
  });
  response.end();
  return true;
}
