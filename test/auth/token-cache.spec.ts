import { describe, expect, it } from '@jest/globals';
import { TokenCache } from '../../src/auth/token-cache.js';
import type { VerifiedToken } from '../../src/auth/verified-token.js';

function verified(id: string): VerifiedToken {
  return { plane: 'data', principal: { type: 'client', id, role: 'client', scopes: [] }, expiresAt: 1 };
}

describe('TokenCache', () => {
  it('never holds more than its capacity, and drops what was not used for longest', () => {
    const cache = new TokenCache(2);
    cache.set('a', verified('a'));
    cache.set('b', verified('b'));
    cache.get('a');
    cache.set('c', verified('c'));

    expect(cache.size).toBe(2);
    expect(cache.get('b')).toBeUndefined();
    expect(cache.get('a')?.principal.id).toBe('a');
    expect(cache.get('c')?.principal.id).toBe('c');
  });

  it('keeps tokens by a digest that does not tell the token', () => {
    expect(TokenCache.keyOf('secret-token')).not.toContain('secret-token');
    expect(TokenCache.keyOf('a')).not.toBe(TokenCache.keyOf('b'));
  });

  it.each([0, -1, NaN])('refuses the capacity %p', (capacity) => {
    expect(() => new TokenCache(capacity)).toThrow(RangeError);
  });
});
