import { describe, expect, it } from '@jest/globals';
import { canonicalPath } from '../../src/kernel/gemini/canonical-path.js';

describe('canonicalPath', () => {
  it.each([
    ['/v1beta/models/gemini-3.8-flash:generateContent', '/v1beta/models/gemini-3.8-flash:generateContent'],
    ['//ws//google', '/ws/google'],
    ['/v1beta/./models', '/v1beta/models'],
    ['/v1beta/x/../models', '/v1beta/models'],
    ['/v1beta/x/%2e%2e/models', '/v1beta/models'],
    ['/v1beta%2Fmodels', '/v1beta/models'],
    ['/v1beta/models/a%3AgenerateContent', '/v1beta/models/a:generateContent'],
    ['/v1beta/environments/e/files/my%20file.txt', '/v1beta/environments/e/files/my%20file.txt'],
    ['/v1beta/%E4%BD%A0', '/v1beta/%E4%BD%A0'],
    ['/v1beta/%252e%252e/models', '/v1beta/%252e%252e/models'],
    ['/', '/'],
  ])('spells %s as %s', (raw, canonical) => {
    expect(canonicalPath(raw)).toBe(canonical);
  });

  it.each([
    '/../etc',
    '/a/%2e%2e/%2e%2e/b',
    '/a%00b',
    '/a\\b',
    '/a%5Cb',
    '/a%zz',
    '/a%2',
    'v1beta',
    '/a\tb',
    '/a%0d%0ab',
    '/a#b',
  ])('refuses %j', (raw) => {
    expect(canonicalPath(raw)).toBeUndefined();
  });
});
