import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { Outcome } from './answered.js';
import type { UpstreamAnswer } from '../egress/upstream-answer.js';

/** Error bodies are a few KiB; a larger one is cut, which no reader of errors minds. */
const ERROR_BODY_BYTES_MAX = 1024 * 1024;

const LIMIT = { maxOutputLength: ERROR_BODY_BYTES_MAX };

/** Decoders for an upstream, or something in front of it, that compresses although identity was asked for. */
const DECODERS: ReadonlyMap<string, (body: Buffer) => Buffer> = new Map([
  ['gzip', (body: Buffer) => gunzipSync(body, LIMIT)],
  ['deflate', (body: Buffer) => inflateSync(body, LIMIT)],
  ['br', (body: Buffer) => brotliDecompressSync(body, LIMIT)],
]);

/** What an answer is: good, with its body still to come, or an error, which is read whole. */
export async function outcomeOf(answer: UpstreamAnswer): Promise<Outcome> {
  if (answer.status < 400) return { kind: 'answered', answer };
  return { kind: 'rejected', status: answer.status, headers: answer.headers, body: await collectErrorBody(answer) };
}

/**
 * Reads the body of an error answer, decoded, so that it can be judged and scrubbed. Rejects with the UpstreamFailure
 * when it breaks off; a body in an unknown encoding is left out, since it could hide a key.
 */
function collectErrorBody(answer: UpstreamAnswer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.pipe({
      data: (chunk) => {
        if (bytes < ERROR_BODY_BYTES_MAX) chunks.push(chunk);
        bytes += chunk.length;
        return true;
      },
      end: () => {
        resolve(decode(Buffer.concat(chunks), answer.headers['content-encoding']));
      },
      fail: reject,
    });
  });
}

function decode(body: Buffer, encoding: string | string[] | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return body;
  try {
    return DECODERS.get(String(encoding))?.(body) ?? Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}
