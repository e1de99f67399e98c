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

/** A verdict on our own credential, or on who owns and pays for it: none of the caller's business. */
export type CredentialVerdict = Extract<Verdict, { scope: 'key' | 'project' | 'billing_account' }>;

/** Whether a verdict is about our own credential. */
export function isAboutCredential(verdict: Verdict): verdict is CredentialVerdict {
  return verdict.scope === 'key' || verdict.scope === 'project' || verdict.scope === 'billing_account';
}

/** Google's stated delays for per-minute quota are bounded by this: a minute window cannot rest longer. */
export const MINUTE_REST_MAX_MS = 60_000;
const DELAY_MIN_MS = 1_000;

interface Rule {
  readonly when: (status: number, error: GoogleError) => boolean;
  readonly verdict: (status: number, error: GoogleError) => Verdict;
}

/** Google quotes the request in many messages, so only how a message begins is Google's own word. */
const begins =
  (pattern: RegExp, ...statuses: readonly number[]) =>
  (status: number, error: GoogleError): boolean =>
    statuses.includes(status) && pattern.test(error.message);

const because =
  (...reasons: readonly string[]) =>
  (_status: number, error: GoogleError): boolean =>
    error.reasons.some((reason) => reasons.includes(reason));

const on =
  (...statuses: readonly number[]) =>
  (status: number): boolean =>
    statuses.includes(status);

/** A short, secret-free reason for events and metrics. */
const reason = (status: number, error: GoogleError): string => error.reasons[0] ?? (error.code || `HTTP_${status}`);

type Blamed = 'key' | 'project' | 'billing_account';
const blames =
  (scope: Blamed): Rule['verdict'] =>
  (status, error) => ({ scope, reason: reason(status, error) });
const isTheCallers: Rule['verdict'] = () => ({ scope: 'request' });

/** The table of wire facts D.3 and D.4: the first row that applies decides. */
const RULES: readonly Rule[] = [
  { when: (_status, error) => error.namesBadFields, verdict: isTheCallers },
  // Methods that take no API key at all, such as files:register, say this to every key.
  { when: because('CREDENTIALS_MISSING'), verdict: isTheCallers },
  { when: begins(/^API keys are not supported/i, 401, 403), verdict: isTheCallers },
  { when: on(402), verdict: blames('billing_account') },
  {
    when: begins(
      /^Your (?:prepayment credits are depleted|billing account has exceeded its .*spending cap)/i,
      429,
      403,
    ),
    verdict: blames('billing_account'),
  },
  { when: begins(/^(?:Your )?project has exceeded its .*spending cap/i, 429, 403), verdict: blames('project') },
  {
    when: because(
      'API_KEY_INVALID',
      'API_KEY_SERVICE_BLOCKED',
      'API_KEY_HTTP_REFERRER_BLOCKED',
      'API_KEY_IP_ADDRESS_BLOCKED',
      'API_KEY_ANDROID_APP_BLOCKED',
      'API_KEY_IOS_APP_BLOCKED',
    ),
    verdict: blames('key'),
  },
  {
    when: begins(
      /^(?:API key (?:not valid|expired|not found)|Your API key was reported as leaked|Invalid Auth key)/i,
      400,
      401,
      403,
    ),
    verdict: blames('key'),
  },
  {
    when: because(
      'CONSUMER_SUSPENDED',
      'CONSUMER_INVALID',
      'SERVICE_DISABLED',
      'BILLING_DISABLED',
      'GCP_SUSPENDED',
      'USER_PROJECT_DENIED',
      'LOCATION_POLICY_VIOLATED',
      'USER_BLOCKED_BY_ADMIN',
    ),
    verdict: blames('project'),
  },
  {
    when: begins(
      /^(?:Permission denied: )?Consumer '|^Your project has been denied access|^User location is not supported/i,
      400,
      403,
    ),
    verdict: blames('project'),
  },
  { when: begins(/^[\w .]{1,80} has not been used in project \d/i, 403), verdict: blames('project') },
  {
    when: begins(/access the File|CachedContent|files\/|cachedContents\//i, 403, 404),
    verdict: () => ({ scope: 'routing' }),
  },
  // Only our own credential is sent, so an unauthenticated answer is about the key, whatever its text says.
  { when: on(401), verdict: blames('key') },
  {
    when: begins(/^This model .*no longer available to new users/i, 404),
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
