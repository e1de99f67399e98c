/** One exceeded limit of a QuotaFailure detail. */
export interface QuotaViolation {
  readonly quotaId: string;
  readonly quotaMetric: string;
  readonly model: string | undefined;
  /** The limit itself; undefined when the body does not tell it. */
  readonly limit: number | undefined;
}

/** An upstream error as data, whatever dialect it came in. */
export interface GoogleError {
  readonly message: string;
  /** google.rpc.Code name, or the string code of the Interactions dialect. */
  readonly code: string;
  /** ErrorInfo reasons. */
  readonly reasons: readonly string[];
  readonly violations: readonly QuotaViolation[];
  /** Google lists fields of the request that are wrong: nothing else is said by such an error. */
  readonly namesBadFields: boolean;
  /** The delay that RetryInfo or the message states; the larger one where both do. */
  readonly retryDelayMs: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const UNREADABLE: GoogleError = {
  message: '',
  code: '',
  reasons: [],
  violations: [],
  namesBadFields: false,
  retryDelayMs: undefined,
};

/**
 * Reads an error body in any of Google's shapes (wire facts D.1): the plain object, the same inside an array, the
 * Interactions form, or text. Never throws; text becomes the message.
 */
export function readGoogleError(body: string): GoogleError {
  const error = errorObject(parse(body));
  if (!error) return { ...UNREADABLE, message: body.slice(0, 2_000) };
  const message = text(error['message']);
  const details = list(error['details']);
  return {
    message,
    code: text(error['status']) || text(error['code']),
    reasons: details.map((detail) => text(detail['reason'])).filter((reason) => reason !== ''),
    violations: details.flatMap((detail) => list(detail['violations'])).map(readViolation),
    namesBadFields: details.some((detail) => detail['fieldViolations'] !== undefined),
    retryDelayMs: longest(
      ...details.map((detail) => protobufDurationMs(text(detail['retryDelay']))),
      protobufDurationMs(/retry in ([0-9.]+s)/i.exec(message)?.[1] ?? ''),
    ),
  };
}

function errorObject(value: unknown): Fields | undefined {
  const outer: unknown = Array.isArray(value) ? value.at(-1) : value;
  const inner = isFields(outer) ? outer['error'] : undefined;
  return isFields(inner) ? inner : undefined;
}

function readViolation(violation: Fields): QuotaViolation {
  const dimensions = violation['quotaDimensions'];
  const limit = Number.parseFloat(text(violation['quotaValue']));
  return {
    quotaId: text(violation['quotaId']),
    quotaMetric: text(violation['quotaMetric']),
    model: isFields(dimensions) ? text(dimensions['model']) || undefined : undefined,
    limit: Number.isNaN(limit) ? undefined : limit,
  };
}

/** A protobuf duration (`51.386192716s`) in milliseconds. */
function protobufDurationMs(value: string): number | undefined {
  const seconds = /^([0-9]+(?:\.[0-9]+)?)s$/.exec(value)?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

function longest(...delays: readonly (number | undefined)[]): number | undefined {
  const known = delays.filter((delay) => delay !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
