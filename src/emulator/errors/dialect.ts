import { listOf, objectOf } from '../json.js';
import type { GoogleError } from './google-error.js';

/** How a surface writes an error. `array` is a stream that was not asked for as SSE. */
export type Dialect = 'native' | 'array' | 'openai' | 'interactions';

const INTERACTION_CODES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'authentication',
  402: 'payment_required',
  403: 'permission_denied',
  404: 'not_found',
  409: 'already_exists',
  416: 'out_of_range',
  429: 'too_many_requests',
  499: 'cancelled',
  500: 'api_error',
  501: 'unimplemented',
  503: 'service_unavailable',
  504: 'deadline_exceeded',
};

/** The error as a JSON value in the dialect of the surface. */
export function errorPayload(error: GoogleError, dialect: Dialect): unknown {
  switch (dialect) {
    case 'native':
      return { error };
    case 'array':
    case 'openai':
      return [{ error }];
    case 'interactions':
      return { error: { code: interactionCode(error), message: error.message } };
  }
}

/** This dialect tells minute and day quotas apart by its code, not by details. */
export function interactionCode(error: GoogleError): string {
  if (error.code === 400 && error.status === 'FAILED_PRECONDITION') return 'failed_precondition';
  if (error.code === 404 && error.message.includes('models/')) return 'model_not_found';
  const quotaIds = quotaIdsOf(error);
  if (quotaIds.some((id) => id.includes('PerDay'))) return 'quota_exceeded';
  if (quotaIds.length > 0) return 'rate_limit_exceeded';
  return INTERACTION_CODES[error.code] ?? 'api_error';
}

function quotaIdsOf(error: GoogleError): string[] {
  return (error.details ?? [])
    .flatMap((detail) => listOf(detail.violations))
    .map((violation) => String(objectOf(violation).quotaId));
}
