import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** An answer as it came, without an SDK in between. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
  /** Text of each read, in order. */
  readonly reads: readonly string[];
  /** When each read came, in milliseconds of a clock that only grows. */
  readonly readTimesMs: readonly number[];
  /** Set when the connection broke after the headers. */
  readonly brokenBy: string | undefined;
  json(): unknown;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
  /** Called after each read of the body. */
  readonly onRead?: () => void;
}

interface Piece {
  readonly bytes: Buffer;
  readonly timeMs: number;
}

export const KEY = 'test-key';

/** One request on a connection of its own; rejects when the connection breaks before the headers. */
export function ask(origin: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
  const { method = 'GET', headers = { 'x-goog-api-key': KEY }, body, signal, onRead } = options;
  return new Promise((resolve, reject) => {
    let broken: (error: NodeJS.ErrnoException) => void = reject;
    const outgoing = request(origin + path, { method, headers, agent: false, signal }, (response) => {
      const pieces: Piece[] = [];
      broken = (error) => {
        resolve(toAnswer(response, pieces, error.code ?? error.message));
      };
      response.on('data', (bytes: Buffer) => {
        pieces.push({ bytes, timeMs: performance.now() });
        onRead?.();
      });
      response.on('end', () => {
        resolve(toAnswer(response, pieces));
      });
      response.on('error', (error) => {
        broken(error);
      });
    });
    outgoing.on('error', (error) => {
      broken(error);
    });
    outgoing.end(body);
  });
}

function toAnswer(response: IncomingMessage, pieces: readonly Piece[], brokenBy?: string): RawAnswer {
  const bytes = Buffer.concat(pieces.map((piece) => piece.bytes));
  const text = bytes.toString();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    text,
    reads: pieces.map((piece) => piece.bytes.toString()),
    readTimesMs: pieces.map((piece) => piece.timeMs),
    brokenBy,
    json: () => JSON.parse(text) as unknown,
  };
}

/** A POST of JSON with the test key. */
export function post(
  origin: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = { 'x-goog-api-key': KEY },
): Promise<RawAnswer> {
  return ask(origin, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** The JSON of every `data:` line except `[DONE]`. */
export function eventsOf(text: string): unknown[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice(6)) as unknown);
}
