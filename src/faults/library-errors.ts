import type { FaultCode } from '../kernel/errors/fault-table.js';

/** Errors that carry a `code`: Fastify's parsers, undici, and PostgreSQL when it goes away. */
export const CODES_BY_ERROR_CODE: ReadonlyMap<string, FaultCode> = new Map<string, FaultCode>([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body_too_large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'media_type_unsupported'],
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'body_not_json'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'body_not_json'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'body_incomplete'],
  ['FST_ERR_BAD_URL', 'path_malformed'],
  ['UND_ERR_CONNECT_TIMEOUT', 'upstream_unreachable'],
  ['UND_ERR_HEADERS_TIMEOUT', 'upstream_timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'upstream_timeout'],
  ['UND_ERR_SOCKET', 'upstream_reset'],
  ['57P01', 'store_unavailable'],
  ['57P02', 'store_unavailable'],
  ['57P03', 'store_unavailable'],
  ['53300', 'store_unavailable'],
  ['08000', 'store_unavailable'],
  ['08003', 'store_unavailable'],
  ['08006', 'store_unavailable'],
]);

/** Errors that are known by their class alone. */
export const CODES_BY_ERROR_NAME: ReadonlyMap<string, FaultCode> = new Map<string, FaultCode>([
  ['ZodError', 'validation_failed'],
  ['TokenExpiredError', 'token_expired'],
  ['JsonWebTokenError', 'token_invalid'],
  ['NotBeforeError', 'token_invalid'],
  ['CannotExecuteNotConnectedError', 'store_unavailable'],
]);

/** Statuses of HTTP errors that no row above explains. */
export const CODES_BY_STATUS: ReadonlyMap<number, FaultCode> = new Map<number, FaultCode>([
  [400, 'validation_failed'],
  [401, 'token_invalid'],
  [403, 'permission_denied'],
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [413, 'body_too_large'],
  [415, 'media_type_unsupported'],
  [422, 'validation_failed'],
  [429, 'rate_limited'],
]);
