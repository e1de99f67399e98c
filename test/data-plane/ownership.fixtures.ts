import { MODEL, type ProxyHarness } from '../support/proxy.harness.js';

export interface FileJson {
  readonly name: string;
  readonly uri: string;
  readonly downloadUri?: string;
}

/** A client of the proxy, with a token of its own. */
export class Tenant {
  private constructor(
    private readonly proxy: ProxyHarness,
    private readonly token: string,
  ) {}

  static async of(proxy: ProxyHarness, client: string, scopes: readonly string[] = []): Promise<Tenant> {
    return new Tenant(proxy, await proxy.tokenFor(client, scopes));
  }

  /** A call whose path may be absolute. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { 'x-goog-api-key': this.token, ...(init.headers as Record<string, string> | undefined) };
    return fetch(path.startsWith('http') ? path : `${this.proxy.url}${path}`, { ...init, headers });
  }

  post(path: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.fetch(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  }

  delete(path: string): Promise<Response> {
    return this.fetch(path, { method: 'DELETE' });
  }

  /** Uploads a small file in one request. */
  async upload(text = 'some text', metadata: unknown = {}): Promise<FileJson> {
    const start = await this.fetch('/upload/v1beta/files', {
      method: 'POST',
      headers: {
        'x-goog-upload-protocol': 'resumable',
        'x-goog-upload-command': 'start',
        'x-goog-upload-header-content-length': String(Buffer.byteLength(text)),
        'x-goog-upload-header-content-type': 'text/plain',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ file: metadata }),
    });
    const last = await fetch(start.headers.get('x-goog-upload-url') ?? '', {
      method: 'POST',
      headers: { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': '0' },
      body: text,
    });
    return ((await last.json()) as { file: FileJson }).file;
  }

  /** A call of the model with these parts beside a text. */
  generate(parts: readonly unknown[], more: object = {}): Promise<Response> {
    const contents = [{ role: 'user', parts: [{ text: 'what is this' }, ...parts] }];
    return this.post(`/v1beta/models/${MODEL}:generateContent`, { contents, ...more });
  }

  /** The same about files. */
  generateWith(...uris: readonly string[]): Promise<Response> {
    return this.generate(uris.map((fileUri) => ({ fileData: { mimeType: 'text/plain', fileUri } })));
  }
}

/** Status and fault of an answer, whose body is let go. */
export async function outcomeOf(call: Response | Promise<Response>): Promise<string> {
  const response = await call;
  await response.arrayBuffer();
  return `${response.status} ${response.headers.get('x-gemini-proxy-fault') ?? 'upstream'}`;
}

export const NOT_FOUND = '404 resource_not_found';
export const OK = '200 upstream';

export async function json<T>(call: Response | Promise<Response>): Promise<T> {
  return (await (await call).json()) as T;
}
