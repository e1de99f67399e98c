import { describe, expect, it } from '@jest/globals';
import { dialectOf } from '../../src/kernel/gemini/dialect.js';
import { understand, understandLive } from '../../src/kernel/gemini/route.js';

describe('understand', () => {
  it.each([
    ['POST', '/v1beta/models/gemini-3.8-flash:generateContent', 'native', 'gemini-3.8-flash', true],
    ['POST', '/v1/models/gemini-3.8-flash:streamGenerateContent', 'native', 'gemini-3.8-flash', true],
    ['POST', '/v1alpha/tunedModels/mine:generateContent', 'native', 'mine', true],
    ['POST', '/v1beta/models/gemini-3.8-flash:countTokens', 'native', 'gemini-3.8-flash', false],
    ['GET', '/v1beta/models', 'native', undefined, false],
    ['GET', '/v1beta/models/gemini-3.8-flash', 'native', 'gemini-3.8-flash', false],
    ['POST', '/v1beta/interactions', 'interactions', undefined, true],
    ['GET', '/v1/interactions/v1_abc', 'interactions', undefined, false],
    ['POST', '/v1beta/openai/chat/completions', 'openai', undefined, true],
    ['POST', '/openai/v1/embeddings', 'openai', undefined, true],
    ['GET', '/openai/v1/models', 'openai', undefined, false],
    ['POST', '/upload/v1beta/files', 'upload', undefined, false],
    ['GET', '/download/v1beta/files/x:download', 'download', undefined, false],
    ['GET', '/v1beta/files/x:download', 'download', undefined, false],
    ['POST', '/v1beta/somethingNew:verb', 'native', undefined, false],
  ])('%s %s is %s', (httpMethod, path, surface, model, billable) => {
    const route = understand(httpMethod, path);
    expect(route).toMatchObject({ surface, traits: { billable } });
    expect(route?.model).toBe(model);
  });

  it('sends the second OpenAI base URL to the first one upstream', () => {
    expect(understand('POST', '/openai/v1/chat/completions')?.path).toBe('/v1beta/openai/chat/completions');
  });

  it.each(['/', '/batch', '/favicon.ico', '/v2x/models', '/openai/v2/models', '/api/config'])(
    'knows nothing of %s',
    (path) => {
      expect(understand('GET', path)).toBeUndefined();
    },
  );

  it('never sends a call twice that may have been carried out', () => {
    expect(understand('POST', '/v1beta/cachedContents')?.traits.once).toBe(true);
    expect(understand('DELETE', '/v1beta/files/x')?.traits.once).toBe(true);
    expect(understand('POST', '/v1beta/models/m:countTokens')?.traits.once).toBe(false);
    expect(understand('GET', '/v1beta/files')?.traits.once).toBe(false);
  });

  it.each(['v1', 'v1beta', 'v1alpha'])('knows the Live paths of %s', (version) => {
    const service = `/ws/google.ai.generativelanguage.${version}.GenerativeService`;
    expect(understandLive(`${service}.BidiGenerateContent`)).toMatchObject({ surface: 'live' });
    expect(understandLive(`${service}.BidiGenerateMusic`)).toMatchObject({ surface: 'live' });
    expect(understandLive('/v1beta/models')).toBeUndefined();
  });
});

describe('dialectOf', () => {
  it.each([
    ['/v1beta/models/m:streamGenerateContent', 'native', undefined, 'google_array'],
    ['/v1beta/models/m:streamGenerateContent', 'native', 'sse', 'google'],
    ['/v1beta/models/m:generateContent', 'native', undefined, 'google'],
    ['/v1beta/interactions', 'interactions', undefined, 'interactions'],
    ['/v1beta/openai/chat/completions', 'openai', undefined, 'openai'],
    ['/openai/v2/nothing', undefined, undefined, 'openai'],
    ['/nothing', undefined, undefined, 'google'],
  ] as const)('%s (%s, alt=%s) speaks %s', (path, surface, alt, dialect) => {
    expect(dialectOf(path, surface, alt)).toBe(dialect);
  });
});
