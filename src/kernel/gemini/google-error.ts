import { httpStatusOf } from './error-status.js';
import { type Fields, isFields, objectsOf, parseJson, textOf } from './json-values.js';
import type { QuotaWindow } from './quota-dimension.js';
import { type QuotaViolation, readViolations } from './quota-violation.js';
import { delayInMessageMs, durationMs } from './stated-delay.js';

export type { QuotaViolation } from './quota-violation.js';

/** An upstream error as data, whatever dialect it came in. */
export interface GoogleError {
  readonly message: string;
  /** google.rpc.Code name, or the string code of the Interactions dialect; empty when there is none. */
  readonly code: string;
  /** The HTTP status that the body itself states, by number or name: all there is inside a stream. */
  readonly httpStatus: number | undefined;
  /** ErrorInfo reasons, but for what another API of Google says of itself. */
  readonly reasons: readonly string[];
  readonly violations: readonly QuotaViolation[];
  /** The quota window that the code alone stands for (Interactions, wire facts D.3). */
  readonly window: QuotaWindow | undefined;
  /** Google lists fields of the request that are wrong: nothing else is said by such an error. */
  readonly namesBadFields: boolean;
  /** The delay that RetryInfo or the message states; the larger one where both do. */
  readonly retryDelayMs: number | undefined;
}

/** Messages are read so far; Google's own have a few hundred characters, but some quote the request. */
const MESSAGE_CHARS_MAX = 8_000;

/** Google sends four at most. */
const DETAILS_MAX = 32;

const SERVICE = 'generativelanguage.googleapis.com';

/** Reasons that concern the one API that they name. */
const OF_ONE_API: ReadonlySet<string> = new Set(['SERVICE_DISABLED', 'BILLING_DISABLED', 'API_KEY_SERVICE_BLOCKED']);

/** The codes of the Interactions dialect that tell a minute from a day (wire facts D.3). */
const WINDOWS: ReadonlyMap<string, QuotaWindow> = new Map([
  ['rate_limit_exceeded', 'minute'],
  ['quota_exceeded', 'day'],
]);

/**
 * Reads an error body in any of Google's shapes (wire facts D.1): the plain object, the same inside an array, the
 * Interactions form, or text. Never throws; text becomes the message.
 */
export function readGoogleError(body: string): GoogleError {
  return readErrorObject(errorObjectOf(parseJson(body)) ?? { message: body });
}

/** The value of `error` in a parsed body, or in the last element of an array; undefined when there is none. */
export function errorObjectOf(value: unknown): Fields | undefined {
  const outer: unknown = Array.isArray(value) ? value.at(-1) : value;
  const inner = isFields(outer) ? outer['error'] : undefined;
  return typeof inner === 'string' ? { message: inner } : isFields(inner) ? inner : undefined;
}

/** Reads the value of `error`. Never throws. */
export function readErrorObject(error: Fields): GoogleError {
  const message = textOf(error['message']).slice(0, MESSAGE_CHARS_MAX);
  const details = objectsOf(error['details']).slice(0, DETAILS_MAX);
  const number = textOf(error['code']);
  const code = textOf(error['status']) || (/^\d*$/.test(number) ? '' : number);
  const window = WINDOWS.get(code);
  return {
    message,
    code,
    httpStatus: httpStatusOf(number) ?? httpStatusOf(code),
    reasons: details.map(reasonOf).filter((reason) => reason !== ''),
    violations: readViolations(details, message, window),
    window,
    namesBadFields: details.some((detail) => detail['fieldViolations'] !== undefined),
    retryDelayMs: longest(
      ...details.map((detail) => durationMs(textOf(detail['retryDelay']))),
      delayInMessageMs(message),
    ),
  };
}

/** A call may make Google use another of its APIs, such as Cloud Storage: that one's state is not our project's fault. */
function reasonOf({ reason, metadata }: Fields): string {
  const name = textOf(reason);
  const service = isFields(metadata) ? textOf(metadata['service']) : '';
  return OF_ONE_API.has(name) && service !== '' && service !== SERVICE ? '' : name;
}

function longest(...delays: readonly (number | undefined)[]): number | undefined {
  const known = delays.filter((delay) => delay !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
