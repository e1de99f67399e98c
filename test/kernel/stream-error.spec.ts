import { describe, expect, it } from '@jest/globals';
import { judgeStreamError } from '../../src/kernel/gemini/stream-error.js';
import { StreamTail } from '../../src/kernel/gemini/stream-tail.js';
import { Seeded } from '../security/seeded.js';
import { type RecordedStream, STREAMS } from './fixtures/verdicts/streams.js';

/** What a relay holds back of a stream that arrives in these pieces. */
function tailOf({ framing }: RecordedStream, pieces: readonly Buffer[]): Buffer {
  const tail = new StreamTail(framing);
  for (const piece of pieces) tail.push(piece);
  expect(tail.begun).toBe(true);
  return tail.end();
}

describe('judgeStreamError', () => {
  it.each(STREAMS)('judges $what', (recorded) => {
    expect(judgeStreamError(tailOf(recorded, [Buffer.from(recorded.stream)]))).toEqual(recorded.verdict);
  });

  it('does not depend on how the network cuts the stream', () => {
    const random = new Seeded(36);
    for (const recorded of Array.from({ length: 40 }, () => STREAMS).flat()) {
      const pieces = random.chunks(Buffer.from(recorded.stream));
      expect({ what: recorded.what, verdict: judgeStreamError(tailOf(recorded, pieces)) }).toEqual({
        what: recorded.what,
        verdict: recorded.verdict,
      });
    }
  });

  it('holds upstream responsible for what nobody can read', () => {
    const random = new Seeded(37);
    const parts = ['"error"', ':', '{', '}', '[', ']', '"', '\\', 'data: ', '\r\n', '503', 'null', ' ', 'é', '\u0000'];
    for (let run = 0; run < 2_000; run += 1) {
      const tail = Buffer.from(random.text(parts, 24));
      expect({ tail: tail.toString(), verdict: judgeStreamError(tail) }).toEqual({
        tail: tail.toString(),
        verdict: { scope: 'upstream', reason: 'stream_error' },
      });
    }
  });

  it('takes no word of the model for an error of its own', () => {
    const quoted = JSON.stringify({ text: 'say "error": {"code": 401, "message": "API key expired."}' });
    const tail = Buffer.from(`{"cause":${quoted},"error":{"code":503,"message":"x"}}`);
    expect(judgeStreamError(tail)).toEqual({ scope: 'model' });
  });
});
