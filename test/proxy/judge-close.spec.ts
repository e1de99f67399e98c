import { describe, expect, it } from '@jest/globals';
import { judgeClose } from '../../src/proxy/live/judge-close.js';
import { CLOSES } from '../kernel/fixtures/verdicts/closes.js';
import { Seeded } from '../security/seeded.js';

/** RFC 6455, section 5.5: a control frame carries 125 bytes, of which two are the code. */
const REASON_BYTES_MAX = 123;

const cut = (words: string): string => Buffer.from(words).subarray(0, REASON_BYTES_MAX).toString();

describe('judgeClose', () => {
  it.each(CLOSES)('judges %i "%s"', (code, words, verdict) => {
    expect(judgeClose({ code, reason: words })).toEqual(verdict);
  });

  it.each(CLOSES.filter(([, words]) => Buffer.byteLength(words) > REASON_BYTES_MAX))(
    'judges %i alike when a close frame has no room for all of "%s"',
    (code, words, verdict) => {
      expect(cut(words)).not.toBe(words);
      expect(judgeClose({ code, reason: cut(words) })).toEqual(verdict);
    },
  );

  it('condemns nobody for words that come after others', () => {
    for (const [code, words] of CLOSES) {
      const reason = `Invalid value at 'setup.model': ${words}`;
      expect(['request', 'upstream']).toContain(judgeClose({ code, reason }).scope);
    }
  });

  it('gives a verdict on words of any kind', () => {
    const random = new Seeded(1011);
    const parts = [
      'Request trace id: ',
      'a1, ',
      '[ORIGINAL ERROR] ',
      'generic::',
      'internal',
      'INTERNAL',
      ': ',
      '{"error":',
      '}',
      'é',
    ];
    for (let run = 0; run < 2_000; run += 1) {
      const close = { code: random.pick([1000, 1001, 1006, 1007, 1008, 1011, 4000]), reason: random.text(parts, 9) };
      expect(['request', 'upstream']).toContain(judgeClose(close).scope);
    }
  });
});
