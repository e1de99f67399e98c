import { describe, expect, it } from '@jest/globals';
import { readGoogleError } from '../../src/kernel/gemini/google-error.js';
import {
  errorInfo,
  interactions,
  native,
  quotaFailure,
  quotaMessage,
  retryInfo,
  violated,
} from './fixtures/verdicts/recorded.js';

const REQUESTS = 'generate_content_free_tier_requests';
const TOKENS = 'generate_content_free_tier_input_token_count';
const RPM = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';
const RPD = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
const TPM = 'GenerateContentInputTokensPerModelPerMinute-FreeTier';

const exhausted = (message: string, ...details: readonly Readonly<Record<string, unknown>>[]) =>
  readGoogleError(native(429, 'RESOURCE_EXHAUSTED', message, details));

describe('readGoogleError', () => {
  it.each([
    [503, { code: 503, status: 'UNAVAILABLE' }],
    [503, { code: '503' }],
    [429, { status: 'RESOURCE_EXHAUSTED' }],
    [402, { code: 402, status: 'RESOURCE_EXHAUSTED' }],
    [404, { code: 'model_not_found' }],
    [504, { code: 'deadline_exceeded' }],
    [503, { code: 14, status: 'UNAVAILABLE' }],
    [undefined, { code: 200 }],
    [undefined, { code: 14 }],
    [undefined, { code: 'constructor' }],
    [undefined, {}],
  ])('takes the status %s from the error itself: %j', (httpStatus, error) => {
    expect(readGoogleError(JSON.stringify({ error }))).toMatchObject({ httpStatus });
  });

  it.each([
    ['51.386192716s', 51_387],
    ['595.030287ms', 596],
    ['1m5.25s', 65_250],
    ['19h34m29.838605682s', 70_469_839],
    ['0s', 0],
  ])('reads a delay of %s in the message', (delay, ms) => {
    expect(exhausted(quotaMessage([], delay)).retryDelayMs).toBe(ms);
  });

  it.each(['', '1', 's', '-1s', '1 s', '1s2', 'soon', '1d'])('knows no delay in a RetryInfo of "%s"', (delay) => {
    expect(exhausted('', retryInfo(delay)).retryDelayMs).toBeUndefined();
  });

  it('tells every exceeded limit from the number that the message gives for its metric', () => {
    const error = exhausted(
      quotaMessage([
        `${REQUESTS}, limit: 15, model: gemini-3.5-flash-lite`,
        `${TOKENS}, limit: 250000, model: gemini-3.5-flash-lite`,
      ]),
      quotaFailure(violated(REQUESTS, RPM), violated(TOKENS, TPM)),
    );
    expect(error.violations).toMatchObject([
      { dimension: 'rpm', limit: 15, model: 'gemini-3.5-flash-lite' },
      { dimension: 'tpm', limit: 250_000, model: 'gemini-3.5-flash-lite' },
    ]);
  });

  it('learns no limit where the message gives two numbers for one metric', () => {
    const error = exhausted(
      quotaMessage([
        `${REQUESTS}, limit: 5, model: gemini-3.8-flash`,
        `${REQUESTS}, limit: 20, model: gemini-3.8-flash`,
      ]),
      quotaFailure(violated(REQUESTS, RPM), violated(REQUESTS, RPD)),
    );
    expect(error.violations).toMatchObject([
      { dimension: 'rpm', limit: undefined, model: 'gemini-3.8-flash' },
      { dimension: 'rpd', limit: undefined, model: 'gemini-3.8-flash' },
    ]);
  });

  it('believes the details rather than the message', () => {
    const error = exhausted(
      quotaMessage([`${REQUESTS}, limit: 99, model: gemini-flash-latest`]),
      quotaFailure(violated(REQUESTS, RPM, 'models/gemini-3.8-flash', '5')),
    );
    expect(error.violations).toMatchObject([{ limit: 5, model: 'gemini-3.8-flash' }]);
  });

  it.each(['', '-1', '2.5', 'many', '9223372036854775807'])('learns no limit from a quotaValue of "%s"', (value) => {
    expect(exhausted('', quotaFailure(violated(REQUESTS, RPM, 'gemini-3.8-flash', value))).violations).toMatchObject([
      { dimension: 'rpm', limit: undefined },
    ]);
  });

  it.each([
    ['output tokens', 'GenerateContentOutputTokensPerModelPerMinute'],
    ['tokens that wait', 'EnqueuedTokensPerModelPerDay'],
    ['batches', 'BatchGenerateContentRequestsPerMinutePerProject'],
    ['images', 'GenerateImageRequestsPerMinutePerProjectPerModel'],
    ['calls with priority', 'GenerateRequestsPerMinutePerProjectPerModel-PriorityTier'],
    ['calls that can wait', 'GenerateRequestsPerMinutePerProjectPerModel-Flex'],
    ['counting tokens', 'CountTokensRequestsPerMinutePerProjectPerModel'],
    ['uploads', 'UploadFileRequestsPerMinutePerProject'],
    ['a region', 'GenerateContentRequestsPerMinutePerProjectPerRegion'],
    ['sessions at a time', 'ConcurrentSessionsPerProject'],
  ])('keeps the limit of %s out of the books of generation', (_, id) => {
    expect(exhausted('', quotaFailure(violated('x', id, 'gemini-3.8-flash', '7'))).violations).toMatchObject([
      { quotaId: id, dimension: 'other' },
    ]);
  });

  it('reads no more violations than Google would ever name', () => {
    const many = Array.from({ length: 500 }, () => violated(REQUESTS, RPM, 'gemini-3.8-flash', '5'));
    expect(exhausted('', quotaFailure(...many)).violations).toHaveLength(16);
  });

  it('reads a body with more details than an argument list could hold', () => {
    const many = Array.from({ length: 300_000 }, () => ({}));
    expect(readGoogleError(native(429, 'RESOURCE_EXHAUSTED', 'x', [retryInfo('5s'), ...many]))).toMatchObject({
      retryDelayMs: 5_000,
    });
  });

  it('passes over a PreconditionFailure, whose violations are no quotas', () => {
    const failure = { '@type': 'type.googleapis.com/google.rpc.PreconditionFailure', violations: [{ type: 'TOS' }] };
    expect(exhausted('', failure).violations).toEqual([]);
  });

  it('drops the state of another API, and keeps what is said of the key itself', () => {
    const storage = { service: 'storage.googleapis.com' };
    const details = [errorInfo('SERVICE_DISABLED', storage), errorInfo('API_KEY_INVALID', storage)];
    expect(readGoogleError(native(403, 'PERMISSION_DENIED', 'x', details)).reasons).toEqual(['API_KEY_INVALID']);
  });

  it('reads the code of either dialect', () => {
    expect(readGoogleError(native(503, 'UNAVAILABLE', 'x'))).toMatchObject({ code: 'UNAVAILABLE', window: undefined });
    expect(readGoogleError(interactions('quota_exceeded', 'x'))).toMatchObject({
      code: 'quota_exceeded',
      window: 'day',
    });
    expect(readGoogleError('{"error":{"code":429}}')).toMatchObject({ code: '', httpStatus: 429 });
  });

  it('reads a body that begins with a byte order mark', () => {
    expect(readGoogleError(`\uFEFF${native(503, 'UNAVAILABLE', 'x')}`).code).toBe('UNAVAILABLE');
  });

  it.each(['', 'null', '[]', '[null]', '{}', '{"error":null}', '{"error":[]}', '"x"', '<html></html>'])(
    'makes the text of %j the message',
    (body) => {
      expect(readGoogleError(body)).toMatchObject({ message: body, code: '', httpStatus: undefined, violations: [] });
    },
  );
});
