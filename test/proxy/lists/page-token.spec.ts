import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../src/kernel/secret.js';
import { type ListIdentity, PageTokens } from '../../../src/proxy/lists/page-token.js';
import { MasterKey } from '../../../src/vault/master-key.js';
import { Vault } from '../../../src/vault/vault.js';
import { ManualClock } from '../../support/manual-clock.js';

const DAY_MS = 24 * 3_600_000;
const LIST: ListIdentity = { client: 'a', path: '/v1beta/files', filter: '[[],null]' };
const POSITION = { project: 'p', token: 'upstream-token', size: 11, after: 'files/x' };

const vaultOf = (byte: number) => new Vault(MasterKey.parse(new Secret(Buffer.alloc(32, byte).toString('base64'))));
const tokensAt = (clock = new ManualClock(), vault = vaultOf(1)) => new PageTokens(vault, clock);
const refusal = expect.objectContaining({ code: 'page_token_invalid' });

describe('page tokens', () => {
  const tokens = tokensAt();

  it('lead to where they were sealed, on every replica', () => {
    expect(tokensAt().open(LIST, tokens.seal(LIST, POSITION))).toEqual(POSITION);
    expect(tokensAt().open(LIST, tokens.seal(LIST, { token: '' }))).toEqual({ token: '' });
  });

  it('show nothing of what upstream said', () => {
    const sealed = Buffer.from(tokens.seal(LIST, POSITION), 'base64url').toString('latin1');
    expect(sealed).not.toMatch(/upstream|files/);
  });

  it.each<[string, Partial<ListIdentity>]>([
    ['client', { client: 'b' }],
    ['path', { path: '/v1beta/cachedContents' }],
    ['filter', { filter: '[["filter=x"],null]' }],
  ])('do not go on with the list of another %s', (_what, other) => {
    const token = tokens.seal(LIST, POSITION);
    expect(() => tokens.open({ ...LIST, ...other }, token)).toThrow(refusal);
  });

  it('are not mistaken for those of a list whose parts meet elsewhere', () => {
    const token = tokens.seal({ client: 'a', path: 'bc', filter: '' }, POSITION);
    expect(() => tokens.open({ client: 'ab', path: 'c', filter: '' }, token)).toThrow(refusal);
  });

  it('are refused when a single character was altered', () => {
    const token = tokens.seal(LIST, POSITION);
    for (let at = 0; at < token.length; at += 1) {
      const altered = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(() => tokens.open(LIST, altered)).toThrow(refusal);
    }
  });

  it.each(['', 'upstream-token', '{}', '💥'])('are refused when nobody sealed them: %j', (text) => {
    expect(() => tokens.open(LIST, text)).toThrow(refusal);
  });

  it('are refused when they come from an installation with another master key', () => {
    expect(() => tokens.open(LIST, tokensAt(new ManualClock(), vaultOf(2)).seal(LIST, POSITION))).toThrow(refusal);
  });

  it('are refused when something else was sealed with the same key', () => {
    expect(() => tokens.open(LIST, vaultOf(1).seal('page-token', '{"list":"x"}'))).toThrow(refusal);
  });

  it('are good for a day', () => {
    const clock = new ManualClock();
    const token = tokensAt(clock).seal(LIST, POSITION);
    clock.advance(DAY_MS - 1);
    expect(tokensAt(clock).open(LIST, token)).toEqual(POSITION);
    clock.advance(1);
    expect(() => tokensAt(clock).open(LIST, token)).toThrow(refusal);
  });
});
