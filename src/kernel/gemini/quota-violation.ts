import { type Fields, isFields, objectsOf, textOf } from './json-values.js';
import { dimensionOf, isRegional, type QuotaDimension, type QuotaWindow, windowOf } from './quota-dimension.js';

/** One exceeded limit, as a QuotaFailure, an ErrorInfo or the message tells it. */
export interface QuotaViolation {
  /** Empty when only the message tells of the limit. */
  readonly quotaId: string;
  readonly quotaMetric: string;
  readonly dimension: QuotaDimension;
  /** Undefined when the body does not tell it. */
  readonly window: QuotaWindow | undefined;
  /** The model that was served, which may differ from the one asked for. */
  readonly model: string | undefined;
  /** The limit itself; undefined when the body does not tell it, or not for this quota alone. */
  readonly limit: number | undefined;
}

/** What a body says of one exceeded limit, unread. */
interface Statement {
  readonly id: string;
  readonly metric: string;
  readonly model: string | undefined;
  readonly limit: number | undefined;
}

/** Google names four at most. */
const VIOLATIONS_MAX = 16;

const METRIC_LINE = /Quota exceeded for metric: ([^\s,]+)(?:, limit: (\d+))?(?:, model: ([\w.:@/-]*\w))?/g;

/** The words of Google's common quota service, which the API used before 2025. */
const SERVICE_SENTENCE = /^Quota exceeded for quota metric '([^']+)' and limit '([^']+)'/;

/**
 * The exceeded limits of an error: from QuotaFailure, else from ErrorInfo, else from the message. `hint` is the window
 * that the error's code stands for, where it does (Interactions).
 */
export function readViolations(
  details: readonly Fields[],
  message: string,
  hint: QuotaWindow | undefined,
): QuotaViolation[] {
  const lines = metricLines(message);
  const sources = [fromQuotaFailure(details), fromErrorInfo(details), fromSentence(message), lines];
  const statements = sources.find((source) => source.length > 0) ?? [];
  // A code speaks of one window; where several limits are exceeded it does not tell of which.
  const assumed = statements.length === 1 ? hint : undefined;
  return statements.slice(0, VIOLATIONS_MAX).map((statement) => toViolation(statement, lines, assumed));
}

function toViolation(statement: Statement, lines: readonly Statement[], hint: QuotaWindow | undefined): QuotaViolation {
  const name = `${statement.id} ${statement.metric}`;
  const window = windowOf(statement.id) ?? windowOf(statement.metric) ?? hint;
  const sameMetric = lines.filter(({ metric }) => metric === statement.metric);
  return {
    quotaId: statement.id,
    quotaMetric: statement.metric,
    dimension: dimensionOf(name, window),
    window,
    model: statement.model ?? onlyOne(sameMetric.map(({ model }) => model)),
    limit: isRegional(name) ? undefined : (statement.limit ?? onlyOne(sameMetric.map(({ limit }) => limit))),
  };
}

function fromQuotaFailure(details: readonly Fields[]): Statement[] {
  return details
    .flatMap((detail) => objectsOf(detail['violations']))
    .map(({ quotaId, quotaMetric, quotaDimensions, quotaValue }) => ({
      id: textOf(quotaId),
      metric: textOf(quotaMetric),
      model: isFields(quotaDimensions) ? modelOf(textOf(quotaDimensions['model'])) : undefined,
      limit: limitOf(textOf(quotaValue)),
    }))
    .filter(({ id, metric }) => id !== '' || metric !== '');
}

function fromErrorInfo(details: readonly Fields[]): Statement[] {
  return details
    .map((detail) => detail['metadata'])
    .filter(isFields)
    .map((metadata) => ({
      id: textOf(metadata['quota_limit']),
      metric: textOf(metadata['quota_metric']),
      model: undefined,
      limit: limitOf(textOf(metadata['quota_limit_value'])),
    }))
    .filter(({ id }) => id !== '');
}

function fromSentence(message: string): Statement[] {
  const [, metric, id] = SERVICE_SENTENCE.exec(message) ?? [];
  return metric !== undefined && id !== undefined ? [{ id, metric, model: undefined, limit: undefined }] : [];
}

function metricLines(message: string): Statement[] {
  return [...message.matchAll(METRIC_LINE)].map(([, metric = '', limit = '', model = '']) => ({
    id: '',
    metric,
    model: modelOf(model),
    limit: limitOf(limit),
  }));
}

/** Two lines may share a metric, for its minute and its day: then neither number belongs to one quota for certain. */
function onlyOne<T>(values: readonly (T | undefined)[]): T | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}

function limitOf(value: string): number | undefined {
  const limit = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(limit) ? limit : undefined;
}

function modelOf(name: string): string | undefined {
  return name.replace(/^models\//, '') || undefined;
}
