import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Emulator } from '../../src/emulator/emulator.js';
import type { Scenario } from '../../src/emulator/scenario/scenario.schema.js';
import type { KeyState } from '../../src/emulator/world/key-state.js';
import { ManualClock } from '../support/manual-clock.js';
import { KEY, ask, post } from './raw-client.js';
import type { RawAnswer } from './raw-client.js';

const ASK = { contents: [{ role: 'user', parts: [{ text: 'Why is the sky blue?' }] }] };
const GENERATE = '/v1beta/models/gemini-3.8-flash:generateContent';

let emulator: Emulator;
const clock = new ManualClock(Date.parse('2026-11-23T18:00:00Z'));
const start = async (scenario: Scenario): Promise<void> => {
  emulator = await Emulator.start({ scenario, clock });
};
const generate = (key = KEY, body: unknown = ASK): Promise<RawAnswer> =>
  post(emulator.url, GENERATE, body, { 'x-goog-api-key': key });
afterEach(() => emulator.stop());

describe('credentials', () => {
  beforeEach(() => start({}));

  it.each([
    ['x-goog-api-key', '/v1beta/models', { 'x-goog-api-key': KEY }, 200],
    ['?key=', `/v1beta/models?key=${KEY}`, {}, 200],
    ['none', '/v1beta/models', {}, 403],
    ['header and query', `/v1beta/models?key=${KEY}`, { 'x-goog-api-key': KEY }, 400],
    ['header and bearer', '/v1beta/models', { 'x-goog-api-key': KEY, authorization: `Bearer ${KEY}` }, 400],
    ['two in the query', `/v1beta/models?key=${KEY}&key=${KEY}`, {}, 400],
    ['a bearer on a native route', '/v1beta/models', { authorization: `Bearer ${KEY}` }, 401],
  ])('takes %s as the service does', async (_what, path, headers, status) => {
    expect((await ask(emulator.url, path, { headers })).status).toBe(status);
  });

  it('says what is wrong in the words of the service', async () => {
    const message = async (headers: Record<string, string>, query = ''): Promise<unknown> =>
      ((await ask(emulator.url, `/v1beta/models${query}`, { headers })).json() as { error: { message: string } }).error
        .message;
    expect(await message({})).toMatch(/^Method doesn't allow unregistered callers/);
    expect(await message({ 'x-goog-api-key': KEY }, '?key=x')).toBe(
      'Multiple authentication credentials received. Please pass only one.',
    );
  });
});

describe('key states', () => {
  const TABLE: readonly (readonly [KeyState, number, string, RegExp, listStatus: number])[] = [
    ['invalid', 400, 'API_KEY_INVALID', /API key not valid/, 400],
    ['not_found', 400, 'API_KEY_INVALID', /API Key not found/, 400],
    ['expired', 400, 'API_KEY_INVALID', /API key expired/, 400],
    ['leaked', 403, '', /reported as leaked/, 403],
    ['suspended', 403, 'CONSUMER_SUSPENDED', /Consumer 'api_key:the-secret-key' has been suspended/, 403],
    ['retired', 401, 'ACCESS_TOKEN_TYPE_UNSUPPORTED', /Expected OAuth 2 access token/, 401],
    ['service_blocked', 403, 'API_KEY_SERVICE_BLOCKED', /are blocked/, 403],
    ['referrer_blocked', 403, 'API_KEY_HTTP_REFERRER_BLOCKED', /are blocked/, 403],
    ['ip_blocked', 403, 'API_KEY_IP_ADDRESS_BLOCKED', /IP address restriction/, 403],
    ['project_denied', 403, '', /project has been denied access/, 200],
    ['service_disabled', 403, 'SERVICE_DISABLED', /has not been used in project 4711/, 403],
    ['location_unsupported', 400, '', /User location is not supported/, 200],
    ['prepaid_depleted', 402, '', /prepayment credits are depleted/, 200],
    ['prepaid_depleted_429', 429, '', /prepayment credits are depleted/, 200],
    ['account_spend_cap', 429, '', /billing account has exceeded/, 200],
    ['project_spend_cap', 429, '', /project has exceeded/, 200],
  ];

  it.each(TABLE)('%s', async (state, status, reason, message, listStatus) => {
    await start({
      projects: [{ id: 'p', number: '4711' }],
      keys: [{ id: 'k', key: 'the-secret-key', project: 'p', state }],
    });
    const answer = await generate('the-secret-key');
    expect([answer.status, answer.json()]).toMatchObject([
      status,
      { error: { message: expect.stringMatching(message) } },
    ]);
    expect(answer.text).toContain(reason);
    expect(
      (await ask(emulator.url, '/v1beta/models', { headers: { 'x-goog-api-key': 'the-secret-key' } })).status,
    ).toBe(listStatus);
  });

  it('refuses keys that nobody issued once keys are listed', async () => {
    await start({ keys: [{ id: 'a', key: 'key-a' }] });
    expect([(await generate('key-a')).status, (await generate('stranger')).status]).toEqual([200, 400]);
  });

  it('can be changed while it runs, for a key and for a project', async () => {
    await start({ projects: [{ id: 'p' }], keys: [{ id: 'a', key: 'key-a', project: 'p' }] });
    emulator.setKeyState('a', 'leaked');
    const leaked = (await generate('key-a')).status;
    emulator.setKeyState('a', 'ok');
    const well = (await generate('key-a')).status;
    emulator.setProjectState('p', 'suspended');
    expect([leaked, well, (await generate('key-a')).status]).toEqual([403, 200, 403]);
  });
});

interface QuotaBody {
  error: {
    message: string;
    details: [
      { violations: { quotaId: string; quotaMetric: string; quotaValue: string }[] },
      unknown,
      { retryDelay: string },
    ];
  };
}

describe('quotas', () => {
  it('counts requests per minute by project and model, and has room again a minute later', async () => {
    await start({
      projects: [{ id: 'p', quotas: { 'gemini-*': { rpm: 2 } } }],
      keys: ['a', 'b'].map((id) => ({ id, key: `key-${id}`, project: 'p' })),
    });
    const statuses = [await generate('key-a'), await generate('key-b'), await generate('key-a')].map((a) => a.status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await post(emulator.url, GENERATE.replace('3.8', '2.5'), ASK, { 'x-goog-api-key': 'key-a' })).status).toBe(
      200,
    );
    clock.advance(60_000);
    expect((await generate('key-b')).status).toBe(200);
  });

  it('answers a spent minute with the recorded body', async () => {
    await start({ quotas: { '*': { rpm: 0 } } });
    const { error } = (await generate()).json() as QuotaBody;
    expect(error).toMatchObject({
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [
            {
              quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
              quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier',
              quotaDimensions: { location: 'global', model: 'gemini-3.8-flash' },
              quotaValue: '0',
            },
          ],
        },
        { '@type': 'type.googleapis.com/google.rpc.Help' },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '60s' },
      ],
    });
    expect(error.message).toMatch(
      /^You exceeded your current quota.*limit: 0, model: gemini-3\.8-flash\nPlease retry in 60\.\d+s\.$/s,
    );
  });

  it('counts input tokens per minute, and says a RetryInfo that falls short of the text', async () => {
    await start({
      projects: [{ id: 'p', tier: 'tier_2', quotas: { '*': { tpm: 8 } } }],
      keys: [{ id: 'a', key: KEY, project: 'p' }],
    });
    expect((await generate()).status).toBe(200);
    const { error } = (await generate()).json() as QuotaBody;
    expect(error.details[0].violations[0]).toMatchObject({
      quotaId: 'GenerateContentPaidTierInputTokensPerModelPerMinute-PaidTier2',
      quotaValue: '8',
    });
    expect([error.details[2].retryDelay, /retry in (\d+)/.exec(error.message)?.[1]]).toEqual(['20s', '60']);
  });

  it('counts days in California, and gives a useless RetryInfo for a spent one', async () => {
    await start({ quotas: { '*': { rpd: 1 } } });
    expect((await generate()).status).toBe(200);
    clock.advance(13 * 3_600_000);
    const { error } = (await generate()).json() as QuotaBody;
    expect(error.details[0].violations[0]?.quotaId).toBe('GenerateRequestsPerDayPerProjectPerModel-FreeTier');
    expect(error.details[2].retryDelay).toBe('27s');
    clock.advance(3_600_000);
    expect((await generate()).status).toBe(200);
  });

  it('names every violated limit, and counts failed calls', async () => {
    await start({ quotas: { '*': { rpm: 1, rpd: 1 } }, faults: [{ action: { kind: 'error', error: 'internal' } }] });
    expect((await generate()).status).toBe(500);
    expect(((await generate()).json() as QuotaBody).error.details[0].violations).toHaveLength(2);
  });
});
