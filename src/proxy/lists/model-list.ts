import { Injectable } from '@nestjs/common';
import { Balancer } from '../../balancer/balancer.service.js';
import { ConfigStore } from '../../config/config.store.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Fields } from '../../kernel/gemini/json-values.js';
import type { Exchange } from '../exchange.js';
import { aliasEntries, modelIn, underAlias } from './alias-entries.js';
import { listIdentity } from './list-identity.js';
import { type ListQuery, readListQuery } from './list-query.js';
import { type ListShape, nativeList, OPENAI_MODELS } from './list-shape.js';
import { gather, type SeenPage } from './list-walk.js';
import { type ListPosition, PageTokens } from './page-token.js';
import { UpstreamPages } from './upstream-pages.js';
import { isVisible } from './visible-models.js';

/** Sizes of the v1beta discovery document. Google has far fewer models than one page holds. */
const NATIVE_MODELS = nativeList('models', { usual: 50, max: 1000 });

const MODELS = /^\/v[^/]+\/(?:openai\/models(?:\/models)?|models)(?:\/([^/:]+))?$/;

const READS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD']);

/** What a call asks of the models: all of them, or the one behind an alias. */
export type ModelQuestion =
  | { readonly kind: 'list'; readonly shape: ListShape }
  | { readonly kind: 'alias'; readonly shape: ListShape; readonly alias: string; readonly target: string };

/** The models that a caller may use, and the aliases under which it may ask for them. */
@Injectable()
export class ModelList {
  constructor(
    private readonly pages: UpstreamPages,
    private readonly tokens: PageTokens,
    private readonly config: ConfigStore,
    private readonly balancer: Balancer,
  ) {}

  /** What a call asks here; undefined for all others. */
  questionOf({ route, arrival: { request } }: Exchange): ModelQuestion | undefined {
    const [path, name] = MODELS.exec(route.path) ?? [];
    if (path === undefined || !READS.has(request.method)) return undefined;
    const shape = route.surface === 'openai' ? OPENAI_MODELS : NATIVE_MODELS;
    if (name === undefined) return { kind: 'list', shape };
    const { aliases } = this.config.current.gemini;
    const target = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
    return target === undefined ? undefined : { kind: 'alias', shape, alias: name, target };
  }

  /** @throws Fault, UpstreamRejection */
  async answer(exchange: Exchange, question: ModelQuestion): Promise<Fields> {
    const { shape } = question;
    if (question.kind === 'list') return this.list(exchange, shape);
    const { alias, target } = question;
    exchange.model = alias;
    return underAlias(shape, await this.pages.object(exchange), alias, target);
  }

  /** Upstream is asked for all models at once, since only who knows them all knows which aliases are names of models. */
  private async list(exchange: Exchange, shape: ListShape): Promise<Fields> {
    const query = readListQuery(exchange.arrival.query, shape);
    const identity = listIdentity(exchange, query);
    const start = query.token === '' ? { token: '' } : this.tokens.open(identity, query.token);
    if (start.project !== undefined && this.balancer.keysOf(start.project).length === 0) {
      throw new Fault('page_token_invalid');
    }
    const page = (at: ListPosition, size: number): Promise<SeenPage> => this.page(exchange, shape, query, at, size);
    const list = { shape, firstSize: shape.sizes.max, page, following: () => undefined };
    const { items, next } = await gather(list, query.limit, start);
    return shape.page(items, next && this.tokens.seal(identity, next));
  }

  private async page(
    exchange: Exchange,
    shape: ListShape,
    query: ListQuery,
    at: ListPosition,
    size: number,
  ): Promise<SeenPage> {
    const page = await this.pages.page(exchange, shape, query, at, size);
    const aliases = at.token === '' ? aliasEntries(shape, page.items, this.config.current.gemini.aliases) : [];
    const entries = [...aliases, ...page.items];
    return { ...page, items: entries.filter((entry) => isVisible(exchange.principal, modelIn(shape, entry))) };
  }
}
