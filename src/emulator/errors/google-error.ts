import type { JsonObject } from '../json.js';

/** google.rpc.Status as JSON, the way the real service fills it. */
export interface GoogleError {
  readonly code: number;
  readonly message: string;
  readonly status: string;
  readonly details?: readonly JsonObject[];
}

/** Thrown by a handler; the answer is written in the dialect of the route. */
export class ApiError extends Error {
  constructor(readonly error: GoogleError) {
    super(error.message);
  }
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  416: 'OUT_OF_RANGE',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** An error whose status name follows from its HTTP code, unless one is given. */
export function googleError(
  code: number,
  message: string,
  details?: readonly JsonObject[],
  status = STATUS_NAMES[code] ?? 'UNKNOWN',
): GoogleError {
  return details === undefined ? { code, message, status } : { code, message, status, details };
}

/** 400 INVALID_ARGUMENT. */
export function invalidArgument(message: string): ApiError {
  return new ApiError(googleError(400, message));
}

/** google.rpc.ErrorInfo. */
export function errorInfo(reason: string, metadata: Readonly<Record<string, string>> = {}): JsonObject {
  const service = 'generativelanguage.googleapis.com';
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata: { service, ...metadata },
  };
}

/** google.rpc.LocalizedMessage. */
export function localizedMessage(message: string): JsonObject {
  return { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message };
}

/** google.rpc.Help with one link. */
export function help(description: string, url: string): JsonObject {
  return { '@type': 'type.googleapis.com/google.rpc.Help', links: [{ description, url }] };
}

/** google.rpc.RetryInfo; the delay is a protobuf duration in seconds. */
export function retryInfo(delaySeconds: number): JsonObject {
  return { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${delaySeconds}s` };
}

/** google.rpc.BadRequest with one violation. */
export function badRequest(field: string, description: string): JsonObject {
  return { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] };
}
