import { type FaultRow, row } from './fault-row.js';
import { LIVE_TOKEN_FAULTS } from './live-token-faults.js';
import { OWNERSHIP_FAULTS } from './ownership-faults.js';
import { ROTATION_FAULTS } from './rotation-faults.js';

export type { FaultRow, FaultSource, GoogleStatus } from './fault-row.js';

/**
 * Every error that is made here, once. Codes are append-only: they are part of the contract
 * (`x-gemini-proxy-fault`, `code` in problem+json).
 */
export const FAULTS = {
  credentials_missing: row(
    401,
    'UNAUTHENTICATED',
    'caller',
    'No credential was sent. Send a token of this proxy as `x-goog-api-key`, as `Authorization: Bearer` or as `?key=`.',
  ),
  credentials_ambiguous: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'Several different credentials were sent. Send exactly one token.',
  ),
  token_malformed: row(
    401,
    'UNAUTHENTICATED',
    'caller',
    'The credential is not a token of this proxy. Send the token that its operator gave you; a Gemini API key does not work here.',
  ),
  token_invalid: row(
    401,
    'UNAUTHENTICATED',
    'caller',
    'The token is not valid here. Ask the operator of this proxy for a new one.',
  ),
  token_expired: row(
    401,
    'UNAUTHENTICATED',
    'caller',
    'The token has expired. Ask the operator of this proxy for a new one.',
  ),
  token_revoked: row(
    401,
    'UNAUTHENTICATED',
    'caller',
    'The token was revoked. Ask the operator of this proxy for a new one.',
  ),
  token_wrong_audience: row(
    401,
    'UNAUTHENTICATED',
    'caller',
    'The token is made for another audience. Clients and admins have tokens of their own: ask the operator of this proxy for the right one.',
  ),
  login_failed: row(401, 'UNAUTHENTICATED', 'caller', 'The user name or the password is wrong.'),
  permission_denied: row(
    403,
    'PERMISSION_DENIED',
    'caller',
    'This token does not have the permission that the call needs.',
  ),
  address_refused: row(
    403,
    'PERMISSION_DENIED',
    'caller',
    'Calls from this address are not allowed here. The operator of this proxy keeps the list.',
  ),
  path_malformed: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'The path cannot be read. Send a path of the Gemini API without encoded slashes or dot segments that leave it.',
  ),
  path_unknown: row(
    404,
    'NOT_FOUND',
    'caller',
    'There is nothing at this path. Gemini paths begin with a version such as /v1beta, OpenAI-compatible ones with /openai/v1 or /v1beta/openai.',
  ),
  method_not_allowed: row(405, 'INVALID_ARGUMENT', 'caller', 'The path does not take this HTTP method.'),
  parameter_refused: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'A query parameter cannot be used through this proxy. Use alt=json or alt=sse.',
  ),
  body_not_json: row(400, 'INVALID_ARGUMENT', 'caller', 'The body is not a JSON object. Send one.'),
  body_ambiguous: row(400, 'INVALID_ARGUMENT', 'caller', 'The body has the same field twice. Send each field once.'),
  body_too_large: row(
    413,
    'INVALID_ARGUMENT',
    'caller',
    'The body is larger than this proxy takes. Upload large media through the Files API and refer to it.',
  ),
  body_incomplete: row(400, 'INVALID_ARGUMENT', 'caller', 'The body ended before its announced length. Send it again.'),
  encoding_unsupported: row(
    415,
    'INVALID_ARGUMENT',
    'caller',
    'The content-encoding of the body is not supported. Use gzip, deflate, br or none.',
  ),
  headers_too_large: row(
    431,
    'INVALID_ARGUMENT',
    'caller',
    'The headers are larger than this proxy takes. Send fewer or shorter ones.',
  ),
  request_malformed: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'The request is not well-formed HTTP. Check the path, the headers and the client that made it.',
  ),
  request_timeout: row(
    408,
    'DEADLINE_EXCEEDED',
    'caller',
    'The request did not arrive in time. Send it again without pauses.',
  ),
  media_type_unsupported: row(
    415,
    'INVALID_ARGUMENT',
    'caller',
    'The content-type of the body is not supported here. Send application/json.',
  ),
  memory_exhausted: row(
    503,
    'UNAVAILABLE',
    'proxy',
    'Too many large bodies are under way. Try again after the stated delay.',
  ),
  model_invalid: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'The name of the model is longer than any model has. Send a name of at most 256 characters.',
  ),
  upload_session_invalid: row(
    404,
    'NOT_FOUND',
    'caller',
    'The upload session is unknown or has expired. Start the upload again.',
  ),
  validation_failed: row(400, 'INVALID_ARGUMENT', 'caller', 'The request has mistakes. Each is listed with its path.'),
  rate_limited: row(429, 'RESOURCE_EXHAUSTED', 'caller', 'Too many requests. Try again after the stated delay.'),
  keys_exhausted: row(
    429,
    'RESOURCE_EXHAUSTED',
    'upstream',
    'Every Gemini key that could serve this call is out of quota. Try again after the stated delay.',
  ),
  keys_unavailable: row(
    503,
    'UNAVAILABLE',
    'upstream',
    'No Gemini key can serve this call at the moment. The operator of this proxy sees why under /health.',
  ),
  model_overloaded: row(
    503,
    'UNAVAILABLE',
    'upstream',
    'The model is overloaded at Google. Try again after the stated delay, or ask for another model.',
  ),
  upstream_credentials_refused: row(
    502,
    'UNAVAILABLE',
    'upstream',
    'Google refused the keys of this proxy. The operator sees which under /health.',
  ),
  upstream_unreachable: row(
    502,
    'UNAVAILABLE',
    'upstream',
    'The Gemini API cannot be reached at the moment. Try again.',
  ),
  upstream_reset: row(
    502,
    'UNAVAILABLE',
    'upstream',
    'The Gemini API closed the connection before it answered. The call may have been carried out; try again if that does no harm.',
  ),
  upstream_truncated: row(
    502,
    'UNAVAILABLE',
    'upstream',
    'The Gemini API broke off the answer. What arrived is incomplete; send the call again.',
  ),
  upstream_timeout: row(
    504,
    'DEADLINE_EXCEEDED',
    'upstream',
    'The Gemini API did not answer in time. Try again, with a smaller request if it happens often.',
  ),
  upstream_redirect_refused: row(
    502,
    'UNAVAILABLE',
    'upstream',
    'The Gemini API redirected to a place that this proxy does not follow.',
  ),
  answer_too_large: row(
    502,
    'UNAVAILABLE',
    'upstream',
    'The Gemini API answered with more than this proxy can look through. Ask for less at a time, with a smaller page size.',
  ),
  caller_gone: row(499, 'CANCELLED', 'caller', 'The caller closed the connection before the answer was complete.'),
  handshake_malformed: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'This is not a WebSocket handshake that a Live session can begin with.',
  ),
  live_setup_missing: row(
    400,
    'INVALID_ARGUMENT',
    'caller',
    'The first Live message must be `setup` and must arrive within ten seconds.',
  ),
  draining: row(503, 'UNAVAILABLE', 'proxy', 'This replica is stopping. Try again; another one will answer.'),
  store_unavailable: row(
    503,
    'UNAVAILABLE',
    'proxy',
    'The database of this proxy does not answer at the moment. Try again.',
  ),
  ...OWNERSHIP_FAULTS,
  ...LIVE_TOKEN_FAULTS,
  ...ROTATION_FAULTS,
  audit_unavailable: row(
    503,
    'UNAVAILABLE',
    'proxy',
    'The audit log of this proxy cannot be written at the moment, and it takes no calls that it cannot record. Try again.',
  ),
  not_found: row(404, 'NOT_FOUND', 'caller', 'There is nothing at this path. The list of paths is under /docs.'),
  internal: row(
    500,
    'INTERNAL',
    'proxy',
    'Something went wrong in this proxy. The request id finds the cause in its log.',
  ),
} satisfies Record<string, FaultRow>;

/** The stable name of an error that is made here. */
export type FaultCode = keyof typeof FAULTS;
