import { describe, expect, it } from '@jest/globals';
import { readQuery, upstreamQuery } from '../../src/kernel/gemini/query.js';

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

  const mask = (fields: string, widen: boolean) =>
    decodeURIComponent(upstreamQuery(readQuery(`a=1&fields=${fields}`), widen));

  it('widens a field mask by what accounting reads, whatever it hides', () => {
    expect(mask('candidates', true)).toBe('a=1&fields=candidates,usageMetadata,modelVersion');
    expect(mask('candidates(usageMetadata)', true)).toBe(
      'a=1&fields=candidates(usageMetadata),usageMetadata,modelVersion',
    );
    expect(mask('candidates/*', true)).toBe('a=1&fields=candidates/*,usageMetadata,modelVersion');
    expect(mask('*', true)).toBe('a=1&fields=*');
  });

  it('leaves the mask of a call alone that is not accounted', () => {
    expect(mask('models/name', false)).toBe('a=1&fields=models/name');
  });

  it.each(['Key=secret', 'KEY=secret', 'access_token%20=secret', ' key=secret'])(
    'recognises the credential in %j',
    (raw) => {
      expect(readQuery(raw)).toMatchObject({ upstream: '', credentials: ['secret'] });
    },
  );

  it.each(['alt=proto&alt=json', 'alt=json&Alt=proto', 'fields=a&fields=b', 'upload_id=1&upload_id=2'])(
    'sees that %s is ambiguous',
    (raw) => {
      expect(readQuery(raw).isAmbiguous).toBe(true);
    },
  );

  it('reads a value with broken percent signs as it stands', () => {
    expect(readQuery('key=%zz').credentials).toEqual(['%zz']);
  });
});
