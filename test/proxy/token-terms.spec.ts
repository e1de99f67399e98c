import { describe, expect, it } from '@jest/globals';
import { readTerms, type TokenLimits, type TokenTerms } from '../../src/proxy/live-tokens/token-terms.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;
const LIMITS: TokenLimits = { nowMs: NOW, latestMs: Infinity, aliases: { voice: 'live' } };
const at = (minutes: number): string => new Date(NOW + minutes * MINUTE_MS).toISOString();

const terms = (body: unknown, limits: Partial<TokenLimits> = {}): TokenTerms =>
  readTerms(Buffer.from(JSON.stringify(body)), { ...LIMITS, ...limits });
const sent = (body: unknown, limits?: Partial<TokenLimits>): unknown => JSON.parse(terms(body, limits).body.toString());

describe('the terms of an ephemeral token', () => {
  it('are those of Google where nothing is said', () => {
    expect(sent({})).toEqual({ uses: 1, expireTime: at(30), newSessionExpireTime: at(1) });
    expect(sent({ uses: null, expireTime: null, bidiGenerateContentSetup: null })).toEqual(sent({}));
  });

  it('end with the token that asks, where it ends before', () => {
    expect(sent({}, { latestMs: NOW + 20 * MINUTE_MS })).toMatchObject({ expireTime: at(20) });
    expect(sent({}, { latestMs: NOW + 1 })).toMatchObject({
      expireTime: at(1 / MINUTE_MS),
      newSessionExpireTime: at(1 / MINUTE_MS),
    });
  });

  it.each([
    ['2026-11-23T12:05:00Z', 5],
    ['2026-11-23T12:05:00.000000Z', 5],
    ['2026-11-23T14:05:00.5+02:00', 5 + 0.5 / 60],
    ['2026-11-24T08:00:00Z', 20 * 60],
  ])('take %s for what it says', (expireTime, minutes) => {
    expect(terms({ expireTime }).expiresAtMs).toBe(NOW + minutes * MINUTE_MS);
  });

  it.each([
    '2026-11-24T08:00:00.001Z',
    '2026-11-23T12:00:00Z',
    '2026-11-23',
    '2026-11-23T12:05:00',
    '2026-13-40T12:05:00Z',
    '',
  ])('do not end at %j', (expireTime) => {
    expect(() => terms({ expireTime })).toThrow(expect.objectContaining({ code: 'live_token_refused' }));
  });

  it.each([
    [{ uses: 100 }, 100],
    [{ uses: '7' }, 7],
  ])('take %j', (body, uses) => {
    expect(terms(body).uses).toBe(uses);
  });

  it.each(['', 'many', '0x10', '1e1', ' 1', -1, 101, true, [], {}])('do not take %j uses', (uses) => {
    expect(() => terms({ uses })).toThrow(expect.objectContaining({ code: 'live_token_refused' }));
  });

  it.each([
    ['all of the setup', undefined, true],
    ['all of the setup', '', true],
    ['the model', 'generationConfig.temperature, model', true],
    ['other fields', 'generationConfig.temperature,systemInstruction', false],
  ])('lock the model with %s', (_what, fieldMask, isLocked) => {
    const body = { bidiGenerateContentSetup: { model: 'models/voice' }, fieldMask };
    expect(terms(body)).toMatchObject({ asked: 'voice', model: 'live', isLocked });
    expect(terms({ fieldMask }).isLocked).toBe(false);
  });

  it('take a name that every object inherits for a model like any other', () => {
    expect(terms({ bidiGenerateContentSetup: { model: 'models/constructor' } }).model).toBe('constructor');
  });

  it('leave to upstream what is not judged here', () => {
    const setup = { model: 'models/live', generationConfig: { seed: 1 }, sessionResumption: {} };
    expect(sent({ bidi_generate_content_setup: setup, field_mask: 'model', novelty: [1] })).toMatchObject({
      bidiGenerateContentSetup: setup,
      fieldMask: 'model',
      novelty: [1],
    });
  });

  it('are understood by upstream as they are here, where a field stands twice', () => {
    const body = Buffer.from('{"uses":100,"uses":2}');
    expect(JSON.parse(readTerms(body, LIMITS).body.toString())).toMatchObject({ uses: 2 });
  });
});
