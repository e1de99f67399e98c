import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

/** An answer as it came, without an SDK in between. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
  /** Text of each read, in order. */
  readonly reads: readonly string[];
  /** Set when the connection broke after the headers. */
  readonly brokenBy: string | undefined;
  json(): unknown;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

export const KEY = 'test-key';

/** One request on a connection of its own; rejects when the connection breaks before the headers. */
export function ask(origin: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
  const { method = 'GET', headers = { 'x-goog-api-key': KEY }, body, signal } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(origin + path, { method, headers, agent: false, signal }, (response) => {
      const pieces: Buffer[] = [];
      const done = (brokenBy?: string): void => {
        const bytes = Buffer.concat(pieces);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text: bytes.toString(),
          reads: pieces.map(String),
          brokenBy,
          json: () => JSON.parse(bytes.toString()) as unknown,
        });
      };
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        done();
      });
      response.on('error', (error: NodeJS.ErrnoException) => {
        done(error.code ?? error.message);
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
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
