import { describe, expect, it } from '@jest/globals';
import { proxyUri, readFileUri, upstreamUri } from '../../src/kernel/gemini/file-uris.js';

const ADDRESSES = { upstream: 'https://generativelanguage.googleapis.com', proxy: 'https://ai.example.com/gemini' };

const read = (text: string) => {
  const uri = readFileUri(text, ADDRESSES);
  if (!uri) throw new Error(`no file: ${text}`);
  return uri;
};

describe('URIs of files', () => {
  it.each([
    ['https://ai.example.com/gemini/v1beta/files/abc', '/v1beta/files/abc'],
    ['http://ai.example.com/v1/files/abc', '/v1/files/abc'],
    ['https://ai.example.com/other/prefix/v1beta/files/abc:download?alt=media', '/v1beta/files/abc:download?alt=media'],
    [
      'https://ai.example.com/gemini/download/v1beta/files/abc:download?alt=media',
      '/download/v1beta/files/abc:download?alt=media',
    ],
  ])('%s is named to upstream in its own form', (text, path) => {
    expect(read(text).at).toBe('proxy');
    expect(upstreamUri(read(text), ADDRESSES)).toBe(`${ADDRESSES.upstream}${path}`);
  });

  it('never tell upstream the token that a client put into them', () => {
    const uri = read('https://ai.example.com/gemini/v1beta/files/abc:download?alt=media&key=secret');
    expect(upstreamUri(uri, ADDRESSES)).toBe(`${ADDRESSES.upstream}/v1beta/files/abc:download?alt=media`);
    expect(upstreamUri(read('https://ai.example.com/v1/files/abc?key=secret'), ADDRESSES)).not.toContain('secret');
  });

  it.each([
    ['https://generativelanguage.googleapis.com/v1beta/files/abc', '/v1beta/files/abc'],
    [
      'https://generativelanguage.googleapis.com/v1beta/files/abc:download?alt=media',
      '/v1beta/files/abc:download?alt=media',
    ],
    [
      'https://generativelanguage.googleapis.com/download/v1/files/a:download?alt=media',
      '/download/v1/files/a:download?alt=media',
    ],
  ])('%s is named to the caller in ours', (text, path) => {
    expect(read(text).at).toBe('upstream');
    expect(proxyUri(read(text), ADDRESSES)).toBe(`${ADDRESSES.proxy}${path}`);
  });

  it('are found below the prefix of a configured upstream', () => {
    const addresses = { ...ADDRESSES, upstream: 'http://127.0.0.1:9/google' };
    const uri = readFileUri('http://127.0.0.1:9/google/v1beta/files/abc', addresses);
    expect([uri?.at, uri && proxyUri(uri, addresses)]).toEqual([
      'upstream',
      'https://ai.example.com/gemini/v1beta/files/abc',
    ]);
  });

  it.each([
    'gs://bucket/v1beta/files/abc',
    'https://www.youtube.com/watch?v=abc',
    'https://example.com/a.pdf',
    'files',
    '',
    ' ',
  ])('%j is none', (text) => {
    expect(readFileUri(text, ADDRESSES)).toBeUndefined();
  });
});
