import { describe, expect, it } from '@jest/globals';
import { type KeyRemark, type ReviewedKey, reviewKeys } from '../../../src/balancer/rotation/key-strength.js';
import { Secret } from '../../../src/kernel/secret.js';

const AUTH = `AQ.Ab8RN6${'x'.repeat(44)}`;

const key = (id: string, text: string, overrides: Partial<ReviewedKey> = {}): ReviewedKey => ({
  id,
  secret: new Secret(text),
  project: id,
  enabled: true,
  standby: false,
  ...overrides,
});

const codes = (...keys: ReviewedKey[]): string[] =>
  reviewKeys(keys).map(({ keyId, code, level }: KeyRemark) => `${keyId} ${code} ${level}`);

describe('reviewKeys', () => {
  it('has nothing to say of auth keys of different projects', () => {
    expect(codes(key('a', `${AUTH}1`), key('b', `${AUTH}2`))).toEqual([]);
  });

  it.each([
    ['white space', `${AUTH} `],
    ['characters that cannot be sent', `${AUTH}é`],
    ['less than 30 characters', AUTH.slice(0, 29)],
    ['a token of the Live API', `auth_tokens/${AUTH}`],
  ])('refuses %s', (_what, text) => {
    expect(codes(key('a', text))).toEqual(['a malformed refusal']);
  });

  it('takes a key of any form, and gives an advice', () => {
    expect(codes(key('a', `AIza${'x'.repeat(35)}`))).toEqual(['a standard_key advice']);
    expect(codes(key('a', `IQ.${'x'.repeat(50)}`))).toEqual(['a unknown_form advice']);
  });

  it('warns of one secret under two ids', () => {
    expect(reviewKeys([key('a', AUTH), key('b', AUTH)])).toEqual([
      {
        keyId: 'b',
        code: 'duplicate',
        level: 'warning',
        text: 'has the same secret as key a: remove one of them, they are one key for Google',
      },
    ]);
  });

  it('warns of keys that share the quota of a project, unless one of them is in reserve', () => {
    const shared = { project: 'p' };
    expect(codes(key('a', `${AUTH}1`, shared), key('b', `${AUTH}2`, shared))).toEqual(['b shared_project warning']);
    expect(codes(key('a', `${AUTH}1`, shared), key('b', `${AUTH}2`, { ...shared, standby: true }))).toEqual([]);
    expect(codes(key('a', `${AUTH}1`, { ...shared, standby: true }), key('b', `${AUTH}2`, shared))).toEqual([]);
  });

  it('never repeats a secret', () => {
    const texts = ['tiny-secret', `${AUTH} `, `AIza${'x'.repeat(35)}`, AUTH, AUTH];
    const told = JSON.stringify(reviewKeys(texts.map((text, index) => key(`k${index}`, text, { project: 'p' }))));
    expect(texts.filter((text) => told.includes(text))).toEqual([]);
  });
});
