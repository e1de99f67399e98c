import type { IncomingMessage } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';
import { ApiError, badRequest, googleError, invalidArgument } from '../errors/google-error.js';
import { isObject } from '../json.js';
import type { JsonObject } from '../json.js';

/** The whole request body; throws ApiError (400) when it is larger than `maxBytes`. */
export function readBody(request: IncomingMessage, maxBytes: number, watch?: (piece: Buffer) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      watch?.(piece);
      if (bytes <= maxBytes) pieces.push(piece);
    });
    request.on('end', () => {
      const [only] = pieces;
      if (bytes > maxBytes) reject(invalidArgument(`Request payload size exceeds the limit: ${maxBytes} bytes.`));
      else resolve(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces));
    });
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(new CallerGoneError());
    });
  });
}

/** The caller closed the connection before the request was complete. */
export class CallerGoneError extends Error {}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gunzipSync(bytes),
  deflate: (bytes) => inflateSync(bytes),
};

/** The body as a JSON object; an empty body is an empty object. Throws ApiError (400) as the real service words it. */
export function parseBody(bytes: Buffer, contentEncoding: string | undefined): JsonObject {
  if (bytes.length === 0) return {};
  const text = (DECODERS[contentEncoding ?? '']?.(bytes) ?? bytes).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidJson(`Unexpected token.\n${text.slice(0, 40)}\n^`);
  }
  if (!isObject(value)) throw invalidJson('Root element must be a message.');
  return value;
}

function invalidJson(reason: string): ApiError {
  const message = `Invalid JSON payload received. ${reason}`;
  return new ApiError(googleError(400, message, [badRequest('', message)]));
}
