import type { Fault } from '../../kernel/errors/fault.js';
import type { Dialect } from '../../kernel/gemini/dialect.js';

/** Domain of our ErrorInfo details, so that a client can tell our errors from Google's. */
const DOMAIN = 'gemini-api-proxy';

/** The error object of a dialect: what stands in a body, an event or a stream's tail (wire facts D.1). */
export function faultObject(fault: Fault, dialect: Dialect, requestId: string): unknown {
  switch (dialect) {
    case 'google':
    case 'google_array':
      return { error: googleError(fault, requestId) };
    case 'interactions':
      return { error: { code: INTERACTIONS_CODES[fault.row.google], message: fault.message } };
    case 'openai':
      return { error: { message: fault.message, type: openaiType(fault.row.status), param: null, code: fault.code } };
  }
}

/** The whole JSON body that answers a refused call. */
export function faultBody(fault: Fault, dialect: Dialect, requestId: string): string {
  const error = faultObject(fault, dialect, requestId);
  return JSON.stringify(dialect === 'google_array' ? [error] : error);
}

/** How much of a stream the caller has: what follows must fit to it. */
export type Relayed = 'nothing' | 'whole_lines' | 'half_a_line';

/**
 * What reports a failure inside a stream that has begun, in the form that the dialect's clients read (wire facts A.3). In the
 * middle of a line Google's dialect ends that line alone, since a blank line would hand the half event to the client.
 */
export function faultTail(fault: Fault, dialect: Dialect, requestId: string, relayed: Relayed): string {
  const error = faultObject(fault, dialect, requestId);
  const json = JSON.stringify(error);
  const isCut = relayed === 'half_a_line';
  switch (dialect) {
    case 'google':
      return `${isCut ? '\r\n' : ''}${json}\r\n`;
    case 'google_array':
      return `${relayed === 'nothing' ? '[' : ',\r\n'}${json}]`;
    case 'interactions':
      return `${isCut ? '\n\n' : ''}event: error\ndata: ${JSON.stringify({ event_type: 'error', ...(error as object) })}\n\n`;
    case 'openai':
      return `${isCut ? '\n\n' : ''}data: ${json}\n\n`;
  }
}

function googleError(fault: Fault, requestId: string): unknown {
  const { status, google } = fault.row;
  const details: unknown[] = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: fault.code.toUpperCase(),
      domain: DOMAIN,
      metadata: { requestId },
    },
  ];
  if (fault.retryAfterSeconds !== undefined) {
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${fault.retryAfterSeconds}s` });
  }
  return { code: status, message: fault.message, status: google, details };
}

/** String codes of the Interactions dialect (wire facts D.3). */
const INTERACTIONS_CODES = {
  INVALID_ARGUMENT: 'invalid_request',
  UNAUTHENTICATED: 'authentication',
  PERMISSION_DENIED: 'permission_denied',
  NOT_FOUND: 'not_found',
  FAILED_PRECONDITION: 'failed_precondition',
  ABORTED: 'aborted',
  RESOURCE_EXHAUSTED: 'rate_limit_exceeded',
  CANCELLED: 'cancelled',
  INTERNAL: 'api_error',
  UNAVAILABLE: 'service_unavailable',
  DEADLINE_EXCEEDED: 'deadline_exceeded',
} as const;

const OPENAI_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

function openaiType(status: number): string {
  return OPENAI_TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
}
