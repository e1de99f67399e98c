import { describe, expect, it } from '@jest/globals';
import { readGoogleError } from '../../src/kernel/gemini/google-error.js';
import { isAboutCredential, judge, type Verdict } from '../../src/kernel/gemini/verdict.js';
import { Seeded } from '../security/seeded.js';
import { CREDENTIALS } from './fixtures/verdicts/credentials.js';
import { INTERACTIONS } from './fixtures/verdicts/interactions.js';
import { QUOTAS } from './fixtures/verdicts/quotas.js';
import { AUTH_KEY, badRequest, errorInfo, interactions, native, STANDARD_KEY } from './fixtures/verdicts/recorded.js';
import { REQUESTS } from './fixtures/verdicts/requests.js';

const ALL = [...CREDENTIALS, ...REQUESTS, ...QUOTAS, ...INTERACTIONS];

const OBJECTS = ALL.filter(({ body }) => body.startsWith('{') && body.endsWith('}'));

const verdict = (status: number, body: string): Verdict => judge(status, readGoogleError(body));

/** Every sentence of Google that penalises somebody, for callers that put it into their requests. */
const SENTENCES = [...CREDENTIALS, ...REQUESTS.filter(({ verdict: { scope } }) => scope === 'bucket')]
  .map(({ body }) => readGoogleError(body).message)
  .filter((message) => message !== '');

/** How Google's messages quote a request. */
const QUOTING: readonly ((said: string) => string)[] = [
  (said) => `Invalid JSON payload received. Unknown name "${said}": Cannot find field.`,
  (said) => `Invalid value at 'contents[0].role' (TYPE_STRING), "${said}"`,
  (said) => `models/${said} is not found for API version v1beta, or is not supported for generateContent.`,
  (said) => `* GenerateContentRequest.tools[0].function_declarations[0].name: ${said}`,
  (said) => `The value '${said}' is not supported for 'type' at 'tools[0]'.`,
  (said) => `Function ${said} is not declared.\n${said}`,
];

describe('judge', () => {
  it.each(CREDENTIALS)('blames the owner of the credential for $what ($status)', ({ status, body, verdict: right }) => {
    expect(verdict(status, body)).toEqual(right);
  });

  it.each(REQUESTS)('penalises no credential for $what ($status)', ({ status, body, verdict: right }) => {
    expect(verdict(status, body)).toEqual(right);
  });

  it.each(QUOTAS)('rests a bucket as long as it must for $what', ({ status, body, verdict: right }) => {
    expect(verdict(status, body)).toEqual(right);
  });

  it.each(INTERACTIONS)('reads the Interactions dialect: $status $what', ({ status, body, verdict: right }) => {
    expect(verdict(status, body)).toEqual(right);
  });

  it.each([
    ['key', 403, ['API_KEY_INVALID', 'API_KEY_SERVICE_BLOCKED', 'API_KEY_HTTP_REFERRER_BLOCKED']],
    ['key', 403, ['API_KEY_IP_ADDRESS_BLOCKED', 'API_KEY_ANDROID_APP_BLOCKED', 'API_KEY_IOS_APP_BLOCKED']],
    ['key', 401, ['ACCESS_TOKEN_EXPIRED', 'ACCESS_TOKEN_TYPE_UNSUPPORTED']],
    ['project', 403, ['CONSUMER_SUSPENDED', 'CONSUMER_INVALID', 'GCP_SUSPENDED', 'USER_BLOCKED_BY_ADMIN']],
    ['project', 403, ['SERVICE_DISABLED', 'BILLING_DISABLED', 'USER_PROJECT_DENIED', 'LOCATION_POLICY_VIOLATED']],
    ['request', 401, ['CREDENTIALS_MISSING', 'OVERLOADED_CREDENTIALS', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT']],
    ['request', 403, ['IAM_PERMISSION_DENIED', 'SOMETHING_NEW']],
    ['bucket', 429, ['RATE_LIMIT_EXCEEDED', 'RESOURCE_QUOTA_EXCEEDED']],
  ])('finds a %s matter in a %i by its reason, whatever the words: %j', (scope, status, named) => {
    for (const name of named) {
      const found = verdict(status, native(status, 'UNKNOWN', 'Words that nobody knows.', [errorInfo(name)]));
      expect({ name, scope: found.scope }).toEqual({ name, scope });
      if (isAboutCredential(found)) expect(found.reason).toBe(name);
    }
  });

  it.each([
    [401, 'API keys are not supported by this API. Expected OAuth2 access token.'],
    [401, 'Multiple authentication credentials received. Please pass only one.'],
  ])('leaves the key alone when a %i is about how it was sent: %s', (status, message) => {
    expect(verdict(status, native(status, 'UNAUTHENTICATED', message))).toEqual({ scope: 'request' });
  });

  it.each(OBJECTS)('judges $what alike inside an array', ({ status, body, verdict: right }) => {
    expect(verdict(status, `[${body}\n]`)).toEqual(right);
  });

  it.each(['1801s', '25s', '0s', '39043s', '0.5s'])(
    'rests a spent day until midnight, whatever delay of %s',
    (delay) => {
      const [day] = QUOTAS.filter(({ what }) => what.startsWith('a day told by its id alone'));
      expect(verdict(429, day!.body.replace('1801s', delay))).toMatchObject({ rest: { kind: 'pacific_midnight' } });
    },
  );
});

describe('judge and the words of callers', () => {
  it('penalises nobody when Google quotes a request that quotes Google', () => {
    for (const said of SENTENCES) {
      for (const quoting of QUOTING) {
        for (const status of [400, 403, 404, 409, 500, 503]) {
          const message = quoting(said);
          const code = status === 400 ? 'INVALID_ARGUMENT' : 'UNKNOWN';
          expect(['request', 'model', 'upstream']).toContain(verdict(status, native(status, code, message)).scope);
        }
      }
    }
  });

  it.each(SENTENCES)('condemns nobody when a field of the request is called "%s"', (said) => {
    expect(verdict(400, native(400, 'INVALID_ARGUMENT', said, [badRequest(said, said)]))).toEqual({ scope: 'request' });
    for (const code of ['parameter_unknown', 'malformed_function_call', 'safety']) {
      expect(verdict(400, interactions(code, said))).toEqual({ scope: 'request' });
    }
  });

  it('rests a bucket for no number that a caller made up', () => {
    const message = 'Resource has been exhausted (e.g. check quota). You said: limit: 0, per day';
    expect(verdict(429, native(429, 'RESOURCE_EXHAUSTED', message))).toMatchObject({ rest: { kind: 'escalating' } });
  });

  it.each([STANDARD_KEY, AUTH_KEY, `x ${STANDARD_KEY}`, 'Y'.repeat(80)])(
    'tells no reason that could be a secret: %s',
    (secret) => {
      const bodies = [
        native(401, secret, secret, [errorInfo(secret)]),
        interactions(secret, secret),
        native(500, secret, secret),
      ];
      for (const body of bodies) {
        for (const status of [401, 500]) expect(JSON.stringify(verdict(status, body))).not.toContain(secret);
      }
    },
  );
});

describe('judge and broken bodies', () => {
  const random = new Seeded(2026);
  const scopes = ['request', 'routing', 'key', 'project', 'billing_account', 'bucket', 'model', 'upstream'];
  const statuses = [400, 401, 402, 403, 404, 408, 409, 413, 416, 429, 499, 500, 501, 502, 503, 504, 520, 599];

  it('gives a verdict on every recorded body, wherever it breaks off', () => {
    for (const { status, body } of ALL) {
      for (let run = 0; run < 20; run += 1) {
        const cut = body.slice(0, random.below(body.length + 1));
        expect(scopes).toContain(verdict(status, cut).scope);
      }
    }
  });

  it('gives a verdict on values of any shape in any place', () => {
    const values: readonly unknown[] = [
      ...[null, true, -1, 1e300, '', 'PerDay', 'limit: 0', '1e999s', '99999999999999999999s', [], {}, [[]], [null]],
      ...[{ error: 1 }, { violations: 'x' }, { violations: [null, 1, {}] }, { quotaValue: {} }, { model: [] }],
    ];
    const names = ['code', 'message', 'status', 'details', 'reason', 'metadata', 'violations', 'retryDelay', 'error'];
    const grown = (depth: number): unknown => {
      if (depth === 0) return random.pick(values);
      const fields = Array.from({ length: random.below(4) }, () => [random.pick(names), grown(depth - 1)]);
      return random.below(3) === 0 ? fields.map(([, value]) => value) : Object.fromEntries(fields);
    };
    for (let run = 0; run < 3_000; run += 1) {
      const body = JSON.stringify(random.below(2) === 0 ? { error: grown(4) } : [{ error: grown(4) }]);
      const found = verdict(random.pick(statuses), body);
      expect(scopes).toContain(found.scope);
      if (found.scope === 'bucket' && found.rest.kind === 'delay') {
        expect(found.rest.ms).toBeGreaterThanOrEqual(1_000);
        expect(found.rest.ms).toBeLessThanOrEqual(600_000);
      }
    }
  });

  it('gives a verdict on bytes of any kind', () => {
    const parts = [
      '{',
      '}',
      '[',
      ']',
      '"',
      'error',
      ':',
      ',',
      '\\',
      '\uFEFF',
      '<html>',
      'é',
      '\u0000',
      '429',
      'retry in ',
    ];
    for (let run = 0; run < 3_000; run += 1) {
      expect(scopes).toContain(verdict(random.pick(statuses), random.text(parts, 30)).scope);
    }
  });

  it('is not held up by a long hostile message', () => {
    const hostile = [
      'Your billing account has exceeded its '.repeat(20_000),
      'Quota exceeded for metric: a, limit: 1, model: '.repeat(20_000),
      `retry in ${'1h'.repeat(400_000)}`,
      `This model ${'no longer available '.repeat(40_000)}`,
    ];
    for (const message of hostile) {
      expect(scopes).toContain(verdict(429, native(429, 'RESOURCE_EXHAUSTED', message)).scope);
    }
  });
});
