import type { Clock } from '../kernel/clock.js';
import type { UpstreamAnswer } from './upstream-answer.js';
import type { UpstreamCall } from './upstream-call.js';
import { UpstreamFailure } from './upstream-failure.js';

/** An answer with its whole body. */
export interface WholeAnswer {
  readonly status: number;
  readonly body: string;
}

/** More than any answer that is read in one piece; a larger one is broken off. */
const BYTES_MAX = 1024 * 1024;

/**
 * Waits for the whole of a small answer, at most `limitMs` from now. Rejects with an UpstreamFailure when nothing, or
 * only a part, arrives in that time, and when the body is larger than 1 MiB. Ask for `accept-encoding: identity`: the
 * body is not decoded.
 */
export async function wholeAnswer(call: UpstreamCall, clock: Clock, limitMs: number): Promise<WholeAnswer> {
  const late = new AbortController();
  const cancel = clock.after(limitMs, () => {
    late.abort();
    call.abort();
  });
  try {
    const answer = await call.answer;
    return { status: answer.status, body: await bodyOf(answer) };
  } catch (error) {
    throw late.signal.aborted ? new UpstreamFailure('timeout', true, error) : error;
  } finally {
    cancel();
  }
}

function bodyOf(answer: UpstreamAnswer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.pipe({
      data: (chunk) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > BYTES_MAX) answer.abort();
        return true;
      },
      end: () => {
        resolve(Buffer.concat(chunks).toString('utf8'));
      },
      fail: reject,
    });
  });
}
