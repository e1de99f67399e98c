import type { GoogleError, QuotaViolation } from './google-error.js';

/** How long a bucket rests. */
export type Rest =
  /** For the stated delay. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Until the day's quota returns, midnight in California. */
  | { readonly kind: 'pacific_midnight' }
  /** The project does not have this model at all. */
  | { readonly kind: 'excluded' }
  /** Google told no delay: longer with every repetition. */
  | { readonly kind: 'escalating' };

/** What an upstream answer means, and for whom (docs/development.md, "Verdicts"). */
export type Verdict =
  | { readonly scope: 'ok' }
  /** The caller's own matter: nobody is penalised. */
  | { readonly scope: 'request' }
  /** It names a resource of another project, or none: never the key's fault. */
  | { readonly scope: 'routing' }
  | { readonly scope: 'key'; readonly reason: string }
  | { readonly scope: 'project'; readonly reason: string }
  | { readonly scope: 'billing_account'; readonly reason: string }
  | { readonly scope: 'bucket'; readonly rest: Rest; readonly violations: readonly QuotaViolation[] }
  /** Overload of the model itself: every key would hear the same. */
  | { readonly scope: 'model' }
  | { readonly scope: 'upstream'; readonly reason: string };

export type VerdictScope = Exclude<Verdict['scope'], 'ok'>;

/** Google's stated delays for per-minute quota are bounded by this: a minute window cannot rest longer. */
export const MINUTE_REST_MAX_MS = 60_000;
const DELAY_MIN_MS = 1_000;

interface Rule {
  readonly when: (status: number, error: GoogleError) => boolean;
  readonly verdict: (status: number, error: GoogleError) => Verdict;
}

const says =
  (pattern: RegExp) =>
  (_status: number, error: GoogleError): boolean =>
    pattern.test(error.message);

const because =
  (...reasons: readonly string[]) =>
  (_status: number, error: GoogleError): boolean =>
    error.reasons.some((reason) => reasons.includes(reason));

const on =
  (...statuses: readonly number[]) =>
  (status: number): boolean =>
    statuses.includes(status);

const both =
  (a: Rule['when'], b: Rule['when']): Rule['when'] =>
  (status, error) =>
    a(status, error) && b(status, error);

const either =
  (a: Rule['when'], b: Rule['when']): Rule['when'] =>
  (status, error) =>
    a(status, error) || b(status, error);

/** A short, secret-free reason for events and metrics. */
const reason = (status: number, error: GoogleError): string => error.reasons[0] ?? (error.code || `HTTP_${status}`);

/** The table of wire facts D.3 and D.4: the first row that applies decides. */
const RULES: readonly Rule[] = [
  {
    when: either(on(402), says(/prepayment credits are depleted|billing account has exceeded its .*spending cap/i)),
    verdict: (status, error) => ({ scope: 'billing_account', reason: reason(status, error) }),
  },
  {
    when: says(/project has exceeded its .*spending cap/i),
    verdict: (status, error) => ({ scope: 'project', reason: reason(status, error) }),
  },
  {
    when: because(
      'API_KEY_INVALID',
      'API_KEY_SERVICE_BLOCKED',
      'API_KEY_HTTP_REFERRER_BLOCKED',
      'API_KEY_IP_ADDRESS_BLOCKED',
      'API_KEY_ANDROID_APP_BLOCKED',
      'API_KEY_IOS_APP_BLOCKED',
    ),
    verdict: (status, error) => ({ scope: 'key', reason: reason(status, error) }),
  },
  {
    when: both(
      on(400, 401, 403),
      says(/API key (?:not valid|expired|not found|was reported as leaked)|reported as leaked|Invalid Auth key/i),
    ),
    verdict: (status, error) => ({ scope: 'key', reason: reason(status, error) }),
  },
  {
    when: because('CONSUMER_SUSPENDED', 'CONSUMER_INVALID', 'SERVICE_DISABLED', 'BILLING_DISABLED', 'GCP_SUSPENDED'),
    verdict: (status, error) => ({ scope: 'project', reason: reason(status, error) }),
  },
  {
    when: because('USER_PROJECT_DENIED', 'LOCATION_POLICY_VIOLATED', 'USER_BLOCKED_BY_ADMIN'),
    verdict: (status, error) => ({ scope: 'project', reason: reason(status, error) }),
  },
  {
    when: both(
      on(400, 403),
      says(
        /has been suspended|project has been denied access|User location is not supported|has not been used in project/i,
      ),
    ),
    verdict: (status, error) => ({ scope: 'project', reason: reason(status, error) }),
  },
  {
    when: both(on(403, 404), says(/access the File|CachedContent|files\/|cachedContents\//i)),
    verdict: () => ({ scope: 'routing' }),
  },
  // Only our own credential is sent, so an unauthenticated answer is about the key, whatever its text says.
  { when: on(401), verdict: (status, error) => ({ scope: 'key', reason: reason(status, error) }) },
  {
    when: both(on(404), says(/no longer available to new users/i)),
    verdict: () => ({ scope: 'bucket', rest: { kind: 'excluded' }, violations: [] }),
  },
  {
    when: on(429),
    verdict: (_status, error) => ({ scope: 'bucket', rest: restOf(error), violations: error.violations }),
  },
  { when: on(503), verdict: () => ({ scope: 'model' }) },
  { when: on(500, 502, 504), verdict: (status, error) => ({ scope: 'upstream', reason: reason(status, error) }) },
];

/** Judges an answer with an error status. Answers below 400 are `ok` and need no judging. */
export function judge(status: number, error: GoogleError): Verdict {
  return RULES.find((rule) => rule.when(status, error))?.verdict(status, error) ?? { scope: 'request' };
}

/**
 * How long the exceeded limits keep a bucket closed: the worst window wins, and a spent day is spent whatever delay
 * Google states beside it (wire facts D.4).
 */
function restOf(error: GoogleError): Rest {
  if (error.violations.some((violation) => violation.limit === 0) || /limit: 0\b/.test(error.message)) {
    return { kind: 'excluded' };
  }
  const isDaily = error.violations.some(({ quotaId, quotaMetric }) =>
    /PerDay|Daily|_per_day/i.test(quotaId + quotaMetric),
  );
  if (isDaily || error.code === 'quota_exceeded') return { kind: 'pacific_midnight' };
  if (error.retryDelayMs === undefined) return { kind: 'escalating' };
  return { kind: 'delay', ms: Math.min(MINUTE_REST_MAX_MS, Math.max(DELAY_MIN_MS, error.retryDelayMs)) };
}
