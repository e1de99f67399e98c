/** Whose fault it is: the caller's, ours, or what stands upstream. */
export type FaultSource = 'caller' | 'proxy' | 'upstream';

/** google.rpc.Code names, as Google's bodies spell them. */
export type GoogleStatus =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'RESOURCE_EXHAUSTED'
  | 'CANCELLED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED';

export interface FaultRow {
  readonly status: number;
  readonly google: GoogleStatus;
  readonly source: FaultSource;
  /** What the caller reads: says what is wrong and what to do next, and never holds a secret. */
  readonly text: string;
}

/**
 * Every error that is made here, once. Codes are append-only: they are part of the contract
 * (`x-gemini-proxy-fault`, `code` in problem+json).
 */
export const FAULTS = {
  credentials_missing: {
    status: 401,
    google: 'UNAUTHENTICATED',
    source: 'caller',
    text: 'No credential was sent. Send a token of this proxy as `x-goog-api-key`, as `Authorization: Bearer` or as `?key=`.',
  },
  credentials_ambiguous: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'Several different credentials were sent. Send exactly one token.',
  },
  token_malformed: {
    status: 401,
    google: 'UNAUTHENTICATED',
    source: 'caller',
    text: 'The credential is not a token of this proxy. Send the token that its operator gave you; a Gemini API key does not work here.',
  },
  token_invalid: {
    status: 401,
    google: 'UNAUTHENTICATED',
    source: 'caller',
    text: 'The token is not valid here. Ask the operator of this proxy for a new one.',
  },
  token_expired: {
    status: 401,
    google: 'UNAUTHENTICATED',
    source: 'caller',
    text: 'The token has expired. Ask the operator of this proxy for a new one.',
  },
  token_revoked: {
    status: 401,
    google: 'UNAUTHENTICATED',
    source: 'caller',
    text: 'The token was revoked. Ask the operator of this proxy for a new one.',
  },
  token_wrong_audience: {
    status: 401,
    google: 'UNAUTHENTICATED',
    source: 'caller',
    text: 'The token is made for another audience. Clients and admins have tokens of their own: ask the operator of this proxy for the right one.',
  },
  login_failed: {
    status: 401,
    google: 'UNAUTHENTICATED',
    source: 'caller',
    text: 'The user name or the password is wrong.',
  },
  permission_denied: {
    status: 403,
    google: 'PERMISSION_DENIED',
    source: 'caller',
    text: 'This token does not have the permission that the call needs.',
  },
  address_refused: {
    status: 403,
    google: 'PERMISSION_DENIED',
    source: 'caller',
    text: 'Calls from this address are not allowed here. The operator of this proxy keeps the list.',
  },
  path_malformed: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The path cannot be read. Send a path of the Gemini API without encoded slashes or dot segments that leave it.',
  },
  path_unknown: {
    status: 404,
    google: 'NOT_FOUND',
    source: 'caller',
    text: 'There is nothing at this path. Gemini paths begin with a version such as /v1beta, OpenAI-compatible ones with /openai/v1 or /v1beta/openai.',
  },
  method_not_allowed: {
    status: 405,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The path does not take this HTTP method.',
  },
  parameter_refused: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'A query parameter cannot be used through this proxy. Use alt=json or alt=sse.',
  },
  body_not_json: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The body is not a JSON object. Send one.',
  },
  body_ambiguous: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The body has the same field twice. Send each field once.',
  },
  body_too_large: {
    status: 413,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The body is larger than this proxy takes. Upload large media through the Files API and refer to it.',
  },
  body_incomplete: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The body ended before its announced length. Send it again.',
  },
  encoding_unsupported: {
    status: 415,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The content-encoding of the body is not supported. Use gzip, deflate, br or none.',
  },
  headers_too_large: {
    status: 431,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The headers are larger than this proxy takes. Send fewer or shorter ones.',
  },
  request_malformed: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The request is not well-formed HTTP. Check the path, the headers and the client that made it.',
  },
  request_timeout: {
    status: 408,
    google: 'DEADLINE_EXCEEDED',
    source: 'caller',
    text: 'The request did not arrive in time. Send it again without pauses.',
  },
  media_type_unsupported: {
    status: 415,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The content-type of the body is not supported here. Send application/json.',
  },
  memory_exhausted: {
    status: 503,
    google: 'UNAVAILABLE',
    source: 'proxy',
    text: 'Too many large bodies are under way. Try again after the stated delay.',
  },
  model_missing: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The call names no model. Put it where the API reference says.',
  },
  upload_session_invalid: {
    status: 404,
    google: 'NOT_FOUND',
    source: 'caller',
    text: 'The upload session is unknown or has expired. Start the upload again.',
  },
  validation_failed: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The request has mistakes. Each is listed with its path.',
  },
  rate_limited: {
    status: 429,
    google: 'RESOURCE_EXHAUSTED',
    source: 'caller',
    text: 'Too many requests. Try again after the stated delay.',
  },
  keys_exhausted: {
    status: 429,
    google: 'RESOURCE_EXHAUSTED',
    source: 'upstream',
    text: 'Every Gemini key that could serve this call is out of quota. Try again after the stated delay.',
  },
  keys_unavailable: {
    status: 503,
    google: 'UNAVAILABLE',
    source: 'upstream',
    text: 'No Gemini key can serve this call at the moment. The operator of this proxy sees why under /health.',
  },
  upstream_credentials_refused: {
    status: 502,
    google: 'UNAVAILABLE',
    source: 'upstream',
    text: 'Google refused the keys of this proxy. The operator sees which under /health.',
  },
  upstream_unreachable: {
    status: 502,
    google: 'UNAVAILABLE',
    source: 'upstream',
    text: 'The Gemini API cannot be reached at the moment. Try again.',
  },
  upstream_reset: {
    status: 502,
    google: 'UNAVAILABLE',
    source: 'upstream',
    text: 'The Gemini API closed the connection before it answered. The call may have been carried out; try again if that does no harm.',
  },
  upstream_truncated: {
    status: 502,
    google: 'UNAVAILABLE',
    source: 'upstream',
    text: 'The Gemini API broke off the answer. What arrived is incomplete; send the call again.',
  },
  upstream_timeout: {
    status: 504,
    google: 'DEADLINE_EXCEEDED',
    source: 'upstream',
    text: 'The Gemini API did not answer in time. Try again, with a smaller request if it happens often.',
  },
  upstream_redirect_refused: {
    status: 502,
    google: 'UNAVAILABLE',
    source: 'upstream',
    text: 'The Gemini API redirected to a place that this proxy does not follow.',
  },
  caller_gone: {
    status: 499,
    google: 'CANCELLED',
    source: 'caller',
    text: 'The caller closed the connection before the answer was complete.',
  },
  handshake_malformed: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'This is not a WebSocket handshake that a Live session can begin with.',
  },
  live_setup_missing: {
    status: 400,
    google: 'INVALID_ARGUMENT',
    source: 'caller',
    text: 'The first Live message must be `setup` and must arrive within ten seconds.',
  },
  draining: {
    status: 503,
    google: 'UNAVAILABLE',
    source: 'proxy',
    text: 'This replica is stopping. Try again; another one will answer.',
  },
  store_unavailable: {
    status: 503,
    google: 'UNAVAILABLE',
    source: 'proxy',
    text: 'The database of this proxy does not answer at the moment. Try again.',
  },
  audit_unavailable: {
    status: 503,
    google: 'UNAVAILABLE',
    source: 'proxy',
    text: 'The audit log of this proxy cannot be written at the moment, and it takes no calls that it cannot record. Try again.',
  },
  not_found: {
    status: 404,
    google: 'NOT_FOUND',
    source: 'caller',
    text: 'There is nothing at this path. The list of paths is under /docs.',
  },
  internal: {
    status: 500,
    google: 'INTERNAL',
    source: 'proxy',
    text: 'Something went wrong in this proxy. The request id finds the cause in its log.',
  },
} as const satisfies Record<string, FaultRow>;

/** The stable name of an error that is made here. */
export type FaultCode = keyof typeof FAULTS;
