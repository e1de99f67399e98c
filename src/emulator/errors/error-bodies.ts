import { errorInfo, googleError, help, localizedMessage } from './google-error.js';
import type { GoogleError } from './google-error.js';

/** What an error text may name. */
export interface ErrorFacts {
  readonly key: string;
  readonly projectNumber: string;
  readonly model: string;
  readonly version: string;
}

type Body = (facts: ErrorFacts) => GoogleError;

const invalidKey = (message: string): GoogleError =>
  googleError(400, message, [errorInfo('API_KEY_INVALID'), localizedMessage(message)]);

const consumerOf = (facts: ErrorFacts): Readonly<Record<string, string>> => ({
  consumer: `projects/${facts.projectNumber}`,
});

const exhausted = (message: string): GoogleError => googleError(429, message);

const DISABLED_LINK =
  'https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=';

/** Errors that say something about the key, its project or its billing account. */
export const KEY_ERRORS = {
  invalid: () => invalidKey('API key not valid. Please pass a valid API key.'),
  not_found: () => invalidKey('API Key not found. Please pass a valid API key.'),
  expired: () => invalidKey('API key expired. Please renew the API key.'),
  leaked: () => googleError(403, 'Your API key was reported as leaked. Please use another API key.'),
  suspended: (facts) => {
    const message = `Permission denied: Consumer 'api_key:${facts.key}' has been suspended.`;
    const info = errorInfo('CONSUMER_SUSPENDED', { ...consumerOf(facts), containerInfo: `api_key:${facts.key}` });
    return googleError(403, message, [info, localizedMessage(message)]);
  },
  retired: () =>
    googleError(
      401,
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
      [errorInfo('ACCESS_TOKEN_TYPE_UNSUPPORTED', { method: 'google.ai.generativelanguage.GenerativeService' })],
    ),
  service_blocked: (facts) =>
    googleError(
      403,
      'Requests to this API generativelanguage.googleapis.com method google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent are blocked.',
      [errorInfo('API_KEY_SERVICE_BLOCKED', { ...consumerOf(facts), apiName: 'generativelanguage.googleapis.com' })],
    ),
  referrer_blocked: (facts) =>
    googleError(403, 'Requests from referer <empty> are blocked.', [
      errorInfo('API_KEY_HTTP_REFERRER_BLOCKED', { ...consumerOf(facts), httpReferrer: '<empty>' }),
    ]),
  ip_blocked: (facts) =>
    googleError(
      403,
      'The provided API key has an IP address restriction. The originating IP address of the call (203.0.113.7) violates this restriction.',
      [errorInfo('API_KEY_IP_ADDRESS_BLOCKED', { ...consumerOf(facts), callerIp: '203.0.113.7' })],
    ),
  project_denied: () => googleError(403, 'Your project has been denied access. Please contact support.'),
  service_disabled: (facts) => {
    const url = `${DISABLED_LINK}${facts.projectNumber}`;
    const message = `Generative Language API has not been used in project ${facts.projectNumber} before or it is disabled. Enable it by visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`;
    const info = errorInfo('SERVICE_DISABLED', { ...consumerOf(facts), activationUrl: url });
    return googleError(403, message, [
      info,
      localizedMessage(message),
      help('Google developers console API activation', url),
    ]);
  },
  location_unsupported: () =>
    googleError(400, 'User location is not supported for the API use.', undefined, 'FAILED_PRECONDITION'),
  prepaid_depleted: () =>
    googleError(
      402,
      'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing.',
    ),
  prepaid_depleted_429: () =>
    exhausted(
      'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing.',
    ),
  account_spend_cap: () =>
    exhausted(
      'Your billing account has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to manage your spend cap.',
    ),
  project_spend_cap: () =>
    exhausted(
      'Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to manage your project spend cap.',
    ),
} as const satisfies Record<string, Body>;

/** Errors about the model, the request or the service. */
export const SERVICE_ERRORS = {
  overloaded: () =>
    googleError(
      503,
      'This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.',
    ),
  model_overloaded: () => googleError(503, 'The model is overloaded. Please try again later.'),
  internal: () => googleError(500, 'Internal error encountered.'),
  deadline: () => googleError(504, 'The request timed out. Please try again.'),
  exhausted: () => exhausted('Resource has been exhausted (e.g. check quota).'),
  bad_request: () => googleError(400, 'Request contains an invalid argument.'),
  too_many_tokens: () =>
    googleError(400, 'The input token count exceeds the maximum number of tokens allowed (1048576).'),
  corrupted_signature: () => googleError(400, 'Corrupted thought signature.'),
  multiple_credentials: () => googleError(400, 'Multiple authentication credentials received. Please pass only one.'),
  unregistered: () =>
    googleError(
      403,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    ),
  model_not_found: (facts) =>
    googleError(
      404,
      `models/${facts.model} is not found for API version ${facts.version}, or is not supported for generateContent. Call ModelService.ListModels to see the list of available models and their supported methods.`,
    ),
  model_retired: (facts) =>
    googleError(
      404,
      `This model models/${facts.model} is no longer available to new users. Please update your code to use a newer model for the latest features and improvements.`,
    ),
  cancelled: () => googleError(499, 'The operation was cancelled.'),
  unimplemented: () => googleError(501, 'Operation is not implemented, or supported, or enabled.'),
} as const satisfies Record<string, Body>;

export type KeyErrorName = keyof typeof KEY_ERRORS;
export type ErrorName = KeyErrorName | keyof typeof SERVICE_ERRORS;

const ALL: Readonly<Record<ErrorName, Body>> = { ...KEY_ERRORS, ...SERVICE_ERRORS };

/** Every name that a scenario may use. */
export const ERROR_NAMES = Object.keys(ALL) as [ErrorName, ...ErrorName[]];

/** The body the real service sends for this error. */
export function errorBody(name: ErrorName, facts: ErrorFacts): GoogleError {
  return ALL[name](facts);
}
