import { Injectable } from '@nestjs/common';
import { Fault } from '../../kernel/errors/fault.js';
import { type Fields, isFields, objectsOf, parseJson } from '../../kernel/gemini/json-values.js';
import type { Exchange } from '../exchange.js';
import { Attempts } from '../phases/attempt.js';
import { BodyReader } from '../phases/read.js';
import { readWhole } from '../whole-answer.js';
import { type ListQuery, pageQuery } from './list-query.js';
import type { ListShape } from './list-shape.js';
import type { SeenPage } from './list-walk.js';
import type { ListPosition } from './page-token.js';
import { UpstreamRejection } from './upstream-rejection.js';

/** A batch with its results inline is the largest item that a list can have. */
const PAGE_BYTES_MAX = 32 * 1024 * 1024;

/** Reads answers of upstream that are taken apart here. */
@Injectable()
export class UpstreamPages {
  constructor(
    private readonly attempts: Attempts,
    private readonly bodies: BodyReader,
  ) {}

  /** One page of a list. @throws Fault, UpstreamRejection */
  async page(
    exchange: Exchange,
    shape: ListShape,
    query: ListQuery,
    at: ListPosition,
    size: number,
  ): Promise<SeenPage> {
    exchange.place = at.project === undefined ? undefined : { kind: 'project', project: at.project };
    const body = await this.object(exchange, pageQuery(query, shape, at.token, size));
    const project = exchange.key?.project ?? '';
    return { project, items: objectsOf(body[shape.field]), next: shape.nextOf(body) };
  }

  /** The object that upstream answers; `query` replaces what the caller asked with. @throws Fault, UpstreamRejection */
  async object(exchange: Exchange, query?: string): Promise<Fields> {
    const { outcome, retryAfterMs } = await this.attempts.attempt(exchange, query);
    if (outcome.kind === 'rejected') throw new UpstreamRejection(outcome, retryAfterMs);
    const bytes = await readWhole(outcome.answer, PAGE_BYTES_MAX);
    this.bodies.memory.open(exchange.principal?.id ?? exchange.sourceIp, exchange.settled).grow(bytes.length);
    const body = parseJson(bytes.toString('utf8'));
    if (!isFields(body)) throw new Fault('upstream_truncated');
    return body;
  }
}
