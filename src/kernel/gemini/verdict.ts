import { BAD_FIELDS, bears, codes, reasons, type Sign, STATUS, words } from './error-sign.js';
import type { GoogleError, QuotaViolation } from './google-error.js';
import { type Rest, restOf } from './quota-rest.js';

export type { Rest } from './quota-rest.js';

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

type Ruling = (status: number, error: GoogleError) => Verdict;
type Row = readonly [statuses: readonly number[] | 'any', sign: Sign, ruling: Ruling];

/** A short, secret-free reason for events and metrics; what does not look like a name is not repeated. */
function statedReason(status: number, { reasons: [first = ''], code }: GoogleError): string {
  const isName = (text: string): boolean => /^(?:[A-Z][A-Z0-9_]{1,62}|[a-z][a-z_]{1,62})$/.test(text);
  return [first, code].find(isName) ?? `HTTP_${status}`;
}

const blames =
  (scope: CredentialVerdict['scope']) =>
  (name?: string): Ruling =>
  (status, error) => ({ scope, reason: name ?? statedReason(status, error) });

const key = blames('key');
const project = blames('project');
const account = blames('billing_account');
const callers: Ruling = () => ({ scope: 'request' });
const routing: Ruling = () => ({ scope: 'routing' });
const retired: Ruling = () => ({ scope: 'bucket', rest: { kind: 'excluded' }, violations: [] });
const exhausted: Ruling = (_, error) => ({ scope: 'bucket', rest: restOf(error), violations: error.violations });
const overloaded: Ruling = () => ({ scope: 'model' });
const failing: Ruling = (status, error) => ({ scope: 'upstream', reason: statedReason(status, error) });

const MONEY = [402, 403, 429];
const REFUSED = [400, 401, 403];

/** The table of wire facts D.3 and D.4: the first row that applies decides; without one it is the caller's matter. */
const TABLE: readonly Row[] = [
  // The request itself, whatever else is said.
  ['any', BAD_FIELDS, callers],
  ['any', codes('parameter_unknown', 'out_of_range', 'missing_thought_signature', 'malformed_function_call'), callers],
  ['any', codes('safety', 'recitation', 'prohibited_content'), callers],
  // Methods that take no API key at all, such as files:register, say this to every key.
  ['any', reasons('CREDENTIALS_MISSING', 'OVERLOADED_CREDENTIALS', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'), callers],
  [REFUSED, words(/^API keys are not supported|^Multiple authentication credentials received/i), callers],

  // Who pays.
  [MONEY, words(/^Your prepayment credits are depleted/i), account('PREPAID_CREDITS_DEPLETED')],
  [MONEY, words(/^Your billing account has exceeded its .*spending cap/i), account('ACCOUNT_SPENDING_CAP')],
  [MONEY, words(/^(?:Your )?project has exceeded its .*spending cap/i), project('PROJECT_SPENDING_CAP')],
  // Ten rolling minutes, by the billing history and tier of the account (wire facts E).
  [MONEY, words(/^You exceeded your spend-based rate limit/i), account('SPEND_RATE_LIMIT')],
  [[402], STATUS, account('PAYMENT_REQUIRED')],

  // The key.
  [REFUSED, words(/^API key expired\./i), key('API_KEY_EXPIRED')],
  [REFUSED, words(/^API key (?:not valid|not found)\.|^Invalid Auth key\./i), key('API_KEY_INVALID')],
  [REFUSED, words(/^Your API key was reported as leaked/i), key('API_KEY_LEAKED')],
  ['any', reasons('API_KEY_INVALID', 'API_KEY_SERVICE_BLOCKED', 'API_KEY_HTTP_REFERRER_BLOCKED'), key()],
  ['any', reasons('API_KEY_IP_ADDRESS_BLOCKED', 'API_KEY_ANDROID_APP_BLOCKED', 'API_KEY_IOS_APP_BLOCKED'), key()],
  [REFUSED, words(/^Requests to this API generativelanguage\.googleapis\.com/i), key('API_KEY_SERVICE_BLOCKED')],
  [REFUSED, words(/^Requests from (?:referer|this (?:Android|iOS) client)/i), key('API_KEY_ORIGIN_BLOCKED')],
  [REFUSED, words(/^The provided API key has an IP address restriction/i), key('API_KEY_IP_ADDRESS_BLOCKED')],
  [[401, 403], words(/^Request had invalid authentication|^Expected OAuth 2/i), key('ACCESS_TOKEN_TYPE_UNSUPPORTED')],

  // Its project.
  ['any', reasons('CONSUMER_SUSPENDED', 'CONSUMER_INVALID', 'GCP_SUSPENDED', 'USER_BLOCKED_BY_ADMIN'), project()],
  ['any', reasons('SERVICE_DISABLED', 'BILLING_DISABLED', 'USER_PROJECT_DENIED'), project()],
  ['any', reasons('LOCATION_POLICY_VIOLATED'), project()],
  [REFUSED, words(/^(?:Permission denied: )?Consumer '/i), project('CONSUMER_SUSPENDED')],
  [REFUSED, words(/^Your project has been denied access/i), project('PROJECT_DENIED')],
  [REFUSED, words(/^User location is not supported/i), project('LOCATION_UNSUPPORTED')],
  [REFUSED, words(/^Gemini API free tier is not available/i), project('LOCATION_UNSUPPORTED')],
  [REFUSED, words(/^(?:Generative Language|Gemini) API has not been used in project/i), project('SERVICE_DISABLED')],
  [REFUSED, words(/^This API method requires billing/i), project('BILLING_DISABLED')],

  // What another project owns; anchored nowhere, because it penalises nobody.
  [[403, 404], words(/access the File|CachedContent/i), routing],
  [[403, 404], words(/\b(?:files|cachedContents|batches|operations|fileSearchStores|tunedModels|corpora)\//), routing],

  // Only our own credential is sent, so an unauthenticated answer is about the key, whatever its text says.
  [[401], STATUS, key()],

  // Its quota, and its models.
  [[400, 403, 404], words(/^This model .*no longer available to new users/i), retired],
  [[429], STATUS, exhausted],
  [[503], STATUS, overloaded],
  [[500, 502, 504], STATUS, failing],
];

/** Judges an answer with an error status. Answers below 400 are `ok` and need no judging. */
export function judge(status: number, error: GoogleError): Verdict {
  const row = TABLE.find(([statuses, sign]) => (statuses === 'any' || statuses.includes(status)) && bears(error, sign));
  return row?.[2](status, error) ?? { scope: 'request' };
}

/** Judges an error that came without a status, as in a close frame, by Google's words; undefined when they are unknown. */
export function judgeWords(error: GoogleError): Verdict | undefined {
  const row = TABLE.find(([, sign]) => sign.kind === 'words' && bears(error, sign));
  return row?.[2](0, error);
}
