import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Dialect } from '../errors/dialect.js';
import { errorPayload } from '../errors/dialect.js';
import type { ApiError } from '../errors/google-error.js';
import type { JsonObject } from '../json.js';
import type { World } from '../world/world.js';
import { CallContext } from './call-context.js';
import { onlyFields } from './fields.js';
import { googleHeaders } from './google-headers.js';
import type { Reply } from './reply.js';

/** One request, understood, with all that a handler needs to answer it. */
export class ApiCall extends CallContext {
  /** The JSON body; empty for routes that take none. */
  body: JsonObject = {};
  /** Told of every piece of the request body, while requests are recorded. */
  watchBody: ((piece: Buffer) => void) | undefined;

  constructor(
    world: World,
    readonly request: IncomingMessage,
    readonly reply: Reply,
    readonly path: string,
    readonly query: URLSearchParams,
    readonly route: {
      readonly version: string;
      readonly params: Readonly<Record<string, string>>;
      readonly dialect: Dialect;
    },
  ) {
    super(world, route.version);
  }

  /** A part of the path that the route names. */
  param(name: string): string {
    const text = this.route.params[name] ?? '';
    return text.includes('%') ? decodeURIComponent(text) : text;
  }

  /** 200 with a JSON body. */
  json(value: unknown, headers: OutgoingHttpHeaders = {}): Promise<void> {
    const fields = this.query.size === 0 ? null : this.query.get('fields');
    return this.sendJson(200, fields === null ? value : onlyFields(value, fields), headers);
  }

  /** An error in the dialect of the surface. */
  fail({ error }: ApiError): Promise<void> {
    return this.sendJson(error.code, errorPayload(error, this.route.dialect), {});
  }

  /** The headers the real service adds to every answer, and these. */
  headers(own: OutgoingHttpHeaders): OutgoingHttpHeaders {
    return { ...googleHeaders(this.charge.model !== ''), ...own };
  }

  private sendJson(status: number, value: unknown, headers: OutgoingHttpHeaders): Promise<void> {
    const compact = this.query.size > 0 && this.query.get('prettyPrint') === 'false';
    const text = compact ? JSON.stringify(value) : `${JSON.stringify(value, null, 2)}\n`;
    const type = { 'content-type': 'application/json; charset=UTF-8' };
    if (this.wantsGzip()) {
      return this.reply.send(status, this.headers({ ...type, 'content-encoding': 'gzip', ...headers }), gzipSync(text));
    }
    return this.reply.send(status, this.headers({ ...type, ...headers }), text);
  }

  private wantsGzip(): boolean {
    return this.world.scenario.gzip && String(this.request.headers['accept-encoding']).includes('gzip');
  }
}
