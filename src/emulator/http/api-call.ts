import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Prompt } from '../answers/prompt.js';
import type { Dialect } from '../errors/dialect.js';
import { errorPayload } from '../errors/dialect.js';
import { errorBody } from '../errors/error-bodies.js';
import type { ErrorName } from '../errors/error-bodies.js';
import { ApiError } from '../errors/google-error.js';
import type { AnswerShape } from '../faults/answer-shape.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { NO_FAULTS } from '../faults/fault-plan.js';
import type { JsonObject } from '../json.js';
import type { Account } from '../world/key-ring.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';
import { onlyFields } from './fields.js';
import { googleHeaders } from './google-headers.js';
import type { Reply } from './reply.js';

/** What a billable call is counted as. */
export interface Charge {
  /** The served model. */
  readonly model: string;
  readonly inputTokens: number;
  /** What was read of the request to count it; the handler goes on from there. */
  readonly prompt?: Prompt;
}

/** One request, understood, with all that a handler needs to answer it. */
export class ApiCall {
  plan: FaultPlan = NO_FAULTS;
  /** The JSON body; empty for routes that take none. */
  body: JsonObject = {};
  charge: Charge = { model: '', inputTokens: 0 };
  account: Account | undefined;
  /** Told of every piece of the request body, while requests are recorded. */
  watchBody: ((piece: Buffer) => void) | undefined;

  constructor(
    readonly world: World,
    readonly request: IncomingMessage,
    readonly reply: Reply,
    readonly path: string,
    readonly query: URLSearchParams,
    readonly route: {
      readonly version: string;
      readonly params: Readonly<Record<string, string>>;
      readonly dialect: Dialect;
    },
  ) {}

  /** The project of the caller; throws ApiError (403) for a request without a credential. */
  get project(): Project {
    if (this.account === undefined) throw this.error('unregistered');
    return this.account.project;
  }

  /** A part of the path that the route names. */
  param(name: string): string {
    const text = this.route.params[name] ?? '';
    return text.includes('%') ? decodeURIComponent(text) : text;
  }

  /** How the answer is to look: the scenario's wish, overlaid by the faults of this request. */
  get shape(): AnswerShape {
    return this.plan === NO_FAULTS ? this.world.scenario.answer : { ...this.world.scenario.answer, ...this.plan.shape };
  }

  /** The error of that name, worded for this call. */
  error(name: ErrorName): ApiError {
    const model = this.charge.model === '' ? this.param('model') : this.charge.model;
    const { account, route } = this;
    const facts = {
      key: account?.key ?? '',
      projectNumber: account?.project.number ?? '0',
      model,
      version: route.version,
    };
    return new ApiError(errorBody(name, facts));
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
