import { describe, expect, it } from '@jest/globals';
import { headersForCaller, headersForUpstream } from '../../src/kernel/http/headers.js';
import { Scrubber } from '../../src/kernel/http/scrubber.js';

describe('headersForUpstream', () => {
  it('keeps what Gemini reads', () => {
    const kept = [
      'content-type',
      'application/json',
      'X-Goog-Api-Client',
      'a',
      'user-agent',
      'u',
      'x-server-timeout',
      '9',
    ];
    expect(headersForUpstream([...kept, 'x-goog-upload-command', 'start', 'api-revision', 'r'])).toEqual([
      ...kept,
      'x-goog-upload-command',
      'start',
      'api-revision',
      'r',
    ]);
  });

  it.each([
    'Authorization',
    'x-goog-api-key',
    'x-goog-user-project',
    'Cookie',
    'X-Forwarded-For',
    'Forwarded',
    'Via',
    'Host',
    'Connection',
    'Transfer-Encoding',
    'Accept-Encoding',
    'X-HTTP-Method-Override',
    'OpenAI-Organization',
    'Proxy-Authorization',
    'Sec-WebSocket-Key',
    'Origin',
    'x-api-key',
    'cf-access-jwt-assertion',
    'x-client-ip',
    'x-goog-fieldmask',
    'x-gemini-proxy-fault',
    'traceparent',
  ])('drops %s', (name) => {
    expect(headersForUpstream([name, 'x'])).toEqual([]);
  });
});

describe('headersForCaller', () => {
  it('keeps answers as they are and drops what belongs to the connection', () => {
    const headers = { 'content-type': 'a', 'alt-svc': 'h3', connection: 'x', 'content-length': '3', vary: ['a', 'b'] };
    expect(headersForCaller(headers, true)).toEqual({ 'content-type': 'a', 'content-length': '3', vary: ['a', 'b'] });
    expect(headersForCaller(headers, false)).not.toHaveProperty('content-length');
  });
});

describe('Scrubber', () => {
  const scrubber = new Scrubber('configured-key-of-any-shape');

  it.each([
    ["Consumer 'api_key:AIzaSyA1234567890123456789012345678901' has been suspended", 'AIzaSyA'],
    ['the key configured-key-of-any-shape is bad', 'configured-key'],
    ['AQ.Ab8RN6abcdefghijklmnop', 'AQ.'],
    ['https://x/?alt=sse&key=abcdef', 'abcdef'],
    ['Bearer ya29.abcdefghijklmnopqrstuv', 'ya29'],
  ])('masks the key in %j', (text, secret) => {
    expect(scrubber.text(text)).not.toContain(secret);
  });

  it('returns the very buffer when nothing had to be masked, and keeps other bytes as they are', () => {
    const clean = Buffer.from([0xff, 0x00, 0x41]);
    expect(scrubber.bytes(clean)).toBe(clean);
    const mixed = Buffer.concat([clean, Buffer.from('configured-key-of-any-shape')]);
    expect(scrubber.bytes(mixed).subarray(0, 3)).toEqual(clean);
  });
});
