import { describe, expect, it } from '@jest/globals';
import { readQuery } from '../../src/kernel/gemini/query.js';

describe('readQuery', () => {
  it('takes every credential out and keeps the bytes of the rest', () => {
    const query = readQuery('alt=sse&key=a%2Bb&pageToken=x%2Fy&access_token=t&oauth_token=o');
    expect(query.upstream).toBe('alt=sse&pageToken=x%2Fy');
    expect(query.credentials).toEqual(['a+b', 't', 'o']);
    expect(query.alt).toBe('sse');
  });

  it('recognises a credential whose name is encoded', () => {
    expect(readQuery('k%65y=secret')).toMatchObject({ upstream: '', credentials: ['secret'] });
  });

  it.each(['quotaUser=x', 'userProject=p', 'callback=f', '$.xgafv=2', '%24alt=proto', '$key=k'])(
    'drops the system parameter %s',
    (pair) => {
      expect(readQuery(`${pair}&pageSize=1`).upstream).toBe('pageSize=1');
    },
  );

  it('widens a field mask by what accounting reads, once', () => {
    expect(decodeURIComponent(readQuery('fields=candidates').upstream)).toBe(
      'fields=candidates,usageMetadata,modelVersion',
    );
    expect(decodeURIComponent(readQuery('fields=candidates,usageMetadata(totalTokenCount)').upstream)).toBe(
      'fields=candidates,usageMetadata(totalTokenCount),modelVersion',
    );
    expect(decodeURIComponent(readQuery('fields=*').upstream)).toBe('fields=*');
  });

  it('reads a value with broken percent signs as it stands', () => {
    expect(readQuery('key=%zz').credentials).toEqual(['%zz']);
  });
});
