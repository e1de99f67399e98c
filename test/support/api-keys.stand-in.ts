import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../src/kernel/clock.js';
import { TokenEndpoint } from './token-endpoint.js';

type Json = Readonly<Record<string, unknown>>;

/** A key as the stand-in keeps it. */
export interface StoredKey {
  readonly name: string;
  readonly text: string;
  readonly displayName: string;
  readonly services: readonly string[];
  readonly account: string | undefined;
  deleted: boolean;
}

/** An error status, no answer at all, or the work done and the answer lost. */
export type Trouble = 401 | 403 | 404 | 429 | 500 | 'silent' | 'lost';

interface Reply {
  readonly status: number;
  readonly body: Json;
}

interface CreateBody {
  readonly displayName: string;
  readonly restrictions: { readonly apiTargets: readonly { readonly service: string }[] };
  readonly serviceAccountEmail?: string;
}

type Handler = (name: string, url: URL, body: string) => Reply;

const KEY_ID = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
};

/**
 * A real server with the shapes of Google Cloud's API Keys API v2 and of its token endpoint
 * (cloud.google.com/api-keys/docs/reference/rest/v2). Operations are done at the second look.
 */
export class ApiKeysStandIn {
  /** `METHOD path?query` of every call, in order. */
  readonly calls: string[] = [];
  readonly keys = new Map<string, StoredKey>();
  readonly tokens: TokenEndpoint;
  private troubles: { readonly on: RegExp; readonly kind: Trouble; times: number }[] = [];
  private readonly operations = new Map<string, { looks: number; readonly response: Json }>();
  private readonly routes: readonly (readonly [RegExp, Handler])[] = [
    [/^POST \/v2\/(projects\/[^/]+\/locations\/global)\/keys$/, (...args) => this.create(...args)],
    [/^DELETE \/v2\/(projects\/[^/]+\/locations\/global\/keys\/[^/]+)$/, (name) => this.remove(name)],
    [/^GET \/v2\/(projects\/[^/]+\/locations\/global\/keys\/[^/]+)\/keyString$/, (name) => this.textOf(name)],
    [/^GET \/v2\/(operations\/[^/]+)$/, (name) => this.look(name)],
  ];

  private constructor(
    private readonly server: Server,
    clock: Clock,
  ) {
    this.tokens = new TokenEndpoint(`${this.url}/token`, clock);
    server.on('request', (request, response) => void this.serve(request, response));
  }

  static async start(clock: Clock): Promise<ApiKeysStandIn> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ApiKeysStandIn(server, clock);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The keys that were not deleted. */
  get living(): readonly StoredKey[] {
    return [...this.keys.values()].filter(({ deleted }) => !deleted);
  }

  async writeAccountFile(path: string): Promise<void> {
    await writeFile(path, this.tokens.accountFile);
  }

  /** Makes the next calls whose `METHOD path` matches go wrong. */
  trouble(on: RegExp, kind: Trouble, times = 1): void {
    this.troubles.push({ on, kind, times });
  }

  /** All is well again. */
  clear(): void {
    this.troubles = [];
  }

  /** Resolves when a call whose `METHOD path` matches has come. */
  async waitFor(pattern: RegExp): Promise<void> {
    while (!this.calls.some((call) => pattern.test(call))) await once(this.server, 'request');
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = `${request.method ?? ''} ${request.url ?? ''}`;
    this.calls.push(call);
    const body = await read(request);
    const trouble = this.troubles.find(({ on, times }) => times > 0 && on.test(call));
    if (trouble) trouble.times -= 1;
    if (trouble?.kind === 'silent') return;
    const reply = typeof trouble?.kind === 'number' ? error(trouble.kind) : this.answer(request, body);
    if (trouble?.kind === 'lost') request.socket.destroy();
    else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
  }

  private answer(request: IncomingMessage, body: string): Reply {
    const url = new URL(request.url ?? '', this.url);
    const call = `${request.method ?? ''} ${url.pathname}`;
    if (call === 'POST /token') return this.tokens.answer(body);
    if (!this.tokens.accepts(request.headers.authorization)) return error(401);
    for (const [pattern, handler] of this.routes) {
      const name = pattern.exec(call)?.[1];
      if (name !== undefined) return handler(name, url, body);
    }
    return error(404);
  }

  private create(parent: string, url: URL, body: string): Reply {
    const id = url.searchParams.get('keyId') ?? randomUUID();
    if (!KEY_ID.test(id)) return error(400);
    const name = `${parent}/keys/${id}`;
    if (this.keys.has(name)) return error(409);
    const { displayName, restrictions, serviceAccountEmail: account } = JSON.parse(body) as CreateBody;
    const digest = createHash('sha512').update(name).digest('base64url');
    const text = account === undefined ? `AIza${digest.slice(0, 35)}` : `AQ.Ab8RN6${digest.slice(0, 44)}`;
    const services = restrictions.apiTargets.map(({ service }) => service);
    this.keys.set(name, { name, text, displayName, services, account, deleted: false });
    return this.begin({ name, displayName });
  }

  private remove(name: string): Reply {
    const key = this.keys.get(name);
    if (!key || key.deleted) return error(404);
    key.deleted = true;
    return this.begin({ name });
  }

  private textOf(name: string): Reply {
    const key = this.keys.get(name);
    return key && !key.deleted ? { status: 200, body: { keyString: key.text } } : error(404);
  }

  private begin(key: Json): Reply {
    const name = `operations/akmf.p7-${this.operations.size}`;
    const response = { '@type': 'type.googleapis.com/google.api.apikeys.v2.Key', ...key };
    this.operations.set(name, { looks: 0, response });
    return { status: 200, body: { name } };
  }

  private look(name: string): Reply {
    const operation = this.operations.get(name);
    if (!operation) return error(404);
    operation.looks += 1;
    const { looks, response } = operation;
    return { status: 200, body: looks < 2 ? { name } : { name, done: true, response } };
  }
}

function error(code: number): Reply {
  const status = STATUS_NAMES[code] ?? 'UNKNOWN';
  return { status: code, body: { error: { code, status, message: `The stand-in says ${status}.` } } };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
