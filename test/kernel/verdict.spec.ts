import { describe, expect, it } from '@jest/globals';
import { readGoogleError } from '../../src/kernel/gemini/google-error.js';
import { judge } from '../../src/kernel/gemini/verdict.js';

const error = (fields: Readonly<Record<string, unknown>>) => JSON.stringify({ error: fields });
const reason = (name: string) => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: name }];
const retryIn = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const quota = (quotaId: string, quotaValue: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId, quotaValue, quotaMetric: 'm', quotaDimensions: { model: 'gemini-3.8-flash' } }],
});
const PER_MINUTE = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';
const PER_DAY = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';

const verdict = (status: number, body: string) => judge(status, readGoogleError(body));

/** Bodies in the shapes that were recorded from the service (wire facts D.3 to D.5). */
describe('judge', () => {
  it.each([
    ['request', 400, error({ message: 'The input token count exceeds the maximum.', status: 'INVALID_ARGUMENT' })],
    ['request', 400, error({ message: 'Corrupted thought signature.', status: 'INVALID_ARGUMENT' })],
    ['request', 404, error({ message: 'models/x is not found for API version v1beta', status: 'NOT_FOUND' })],
    ['routing', 403, error({ message: 'You do not have permission to access the File abc or it may not exist.' })],
    ['routing', 403, error({ message: 'CachedContent not found (or permission denied)' })],
    [
      'key',
      400,
      error({ message: 'API key not valid. Please pass a valid API key.', details: reason('API_KEY_INVALID') }),
    ],
    ['key', 400, '[{"error":{"code":400,"message":"Invalid Auth key.","status":"INVALID_ARGUMENT"}}]'],
    ['key', 401, error({ message: 'Expected OAuth 2 access token', details: reason('ACCESS_TOKEN_TYPE_UNSUPPORTED') })],
    ['key', 403, error({ message: 'Your API key was reported as leaked. Please use another API key.' })],
    ['key', 403, error({ message: 'Requests are blocked.', details: reason('API_KEY_IP_ADDRESS_BLOCKED') })],
    [
      'project',
      403,
      error({ message: "Consumer 'api_key:AIza' has been suspended.", details: reason('CONSUMER_SUSPENDED') }),
    ],
    ['project', 403, error({ message: 'Your project has been denied access. Please contact support.' })],
    [
      'project',
      403,
      error({
        message: 'Gemini API has not been used in project 1 before or it is disabled.',
        details: reason('SERVICE_DISABLED'),
      }),
    ],
    [
      'project',
      400,
      error({ message: 'User location is not supported for the API use.', status: 'FAILED_PRECONDITION' }),
    ],
    ['project', 429, error({ message: 'Your project has exceeded its monthly spending cap.' })],
    ['billing_account', 402, error({ message: 'Your prepayment credits are depleted.' })],
    ['billing_account', 429, error({ message: 'Your prepayment credits are depleted.' })],
    ['billing_account', 429, error({ message: 'Your billing account has exceeded its monthly spending cap' })],
    ['billing_account', 402, '{"error":{"code":"payment_required","message":"No credit."}}'],
    ['model', 503, error({ message: 'This model is currently experiencing high demand.', status: 'UNAVAILABLE' })],
    ['upstream', 500, error({ message: 'Internal error encountered.', status: 'INTERNAL' })],
    ['upstream', 504, '<html>gateway</html>'],
    ['request', 409, ''],
  ])('finds a %s matter in a %i', (scope, status, body) => {
    expect(verdict(status, body)).toMatchObject({ scope });
  });

  // Google quotes the request in its messages: a caller must not be able to condemn a key with words of its own.
  it.each([
    [400, { message: 'Invalid JSON payload received. Unknown name "API key not valid": Cannot find field.' }],
    [400, { message: 'Invalid value: User location is not supported' }],
    [400, { message: 'prompt said: Your prepayment credits are depleted.' }],
    [403, { message: "The caller wrote: Consumer 'x' has been suspended" }],
    [400, { message: 'API key not valid', details: [{ fieldViolations: [{ field: 'x' }] }] }],
    [
      401,
      {
        message: 'API keys are not supported by this API. Expected OAuth2 access token',
        details: reason('CREDENTIALS_MISSING'),
      },
    ],
  ])('leaves the keys alone when a %i quotes the caller: %j', (status, fields) => {
    expect(verdict(status, error(fields))).toEqual({ scope: 'request' });
  });

  it('rests a minute quota for the longer of the two delays that Google states', () => {
    const body = error({
      message: 'Quota exceeded. Please retry in 51.386192716s.',
      details: [quota(PER_MINUTE, '5'), retryIn('14s')],
    });
    expect(verdict(429, body)).toMatchObject({ scope: 'bucket', rest: { kind: 'delay', ms: 51_387 } });
  });

  it('never believes a minute quota that asks for more than a minute', () => {
    const body = error({ message: '', details: [quota(PER_MINUTE, '5'), retryIn('3000s')] });
    expect(verdict(429, body)).toMatchObject({ rest: { kind: 'delay', ms: 60_000 } });
  });

  it.each(['1801s', '25s', '0s'])('rests a spent day until midnight, although RetryInfo says %s', (delay) => {
    const body = error({ message: '', details: [quota(PER_DAY, '20'), retryIn(delay)] });
    expect(verdict(429, body)).toMatchObject({ rest: { kind: 'pacific_midnight' } });
  });

  it('lets the worst of several windows win', () => {
    const body = error({ message: '', details: [quota(PER_MINUTE, '5'), quota(PER_DAY, '20'), retryIn('5s')] });
    expect(verdict(429, body)).toMatchObject({ rest: { kind: 'pacific_midnight' } });
  });

  it('reads the two codes of the Interactions dialect', () => {
    expect(verdict(429, '{"error":{"code":"quota_exceeded","message":""}}')).toMatchObject({
      rest: { kind: 'pacific_midnight' },
    });
    expect(verdict(429, '{"error":{"code":"rate_limit_exceeded","message":""}}')).toMatchObject({
      rest: { kind: 'escalating' },
    });
  });

  it('excludes a model that the project does not have', () => {
    expect(verdict(429, error({ message: 'limit: 0', details: [quota(PER_DAY, '0')] }))).toMatchObject({
      rest: { kind: 'excluded' },
    });
    expect(verdict(404, error({ message: 'This model is no longer available to new users.' }))).toMatchObject({
      scope: 'bucket',
      rest: { kind: 'excluded' },
    });
  });

  it('escalates a bare 429', () => {
    expect(verdict(429, error({ message: 'Resource has been exhausted (e.g. check quota).' }))).toMatchObject({
      rest: { kind: 'escalating' },
    });
  });
});
