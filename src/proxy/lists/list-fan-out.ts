import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { type AnswerNames, namesIn } from '../../kernel/gemini/answer-names.js';
import { edited } from '../../kernel/gemini/json-edits.js';
import type { ResourceKind } from '../../kernel/gemini/resource.js';
import type { Exchange } from '../exchange.js';
import { fileAddresses } from '../file-addresses.js';
import { listIdentity } from './list-identity.js';
import { type Listed, type ListedProjects, ListOwners } from './list-owners.js';
import { type ListQuery, readListQuery } from './list-query.js';
import { type ListShape, nativeListOf, openaiListOf } from './list-shape.js';
import { gather, type PagedList, type SeenPage } from './list-walk.js';
import { type ListPosition, PageTokens } from './page-token.js';
import { UpstreamPages } from './upstream-pages.js';
import { isOfOnePage } from './upstream-rejection.js';

/** What a call asks for, and of whom. */
interface Asked {
  readonly exchange: Exchange;
  readonly kind: ResourceKind;
  readonly shape: ListShape;
  readonly query: ListQuery;
  readonly projects: ListedProjects;
  /** What projects said that the list can do without. */
  readonly failures: Error[];
}

/** Lists what a caller owns of a kind, over the projects where it owns any, one after the other. */
@Injectable()
export class ListFanOut {
  constructor(
    private readonly pages: UpstreamPages,
    private readonly owners: ListOwners,
    private readonly tokens: PageTokens,
    private readonly config: ConfigStore,
  ) {}

  /** A page of the list, as JSON. @throws Fault, UpstreamRejection */
  async page(exchange: Exchange, kind: ResourceKind): Promise<Buffer> {
    const shape = exchange.route.surface === 'openai' ? openaiListOf(kind) : nativeListOf(kind);
    const query = readListQuery(exchange.arrival.query, shape);
    const start = await this.startOf(exchange, shape, query);
    const projects = await this.owners.projectsFor(exchange, kind);
    const failures: Error[] = [];
    const list = this.over({ exchange, kind, shape, query, projects, failures });
    const isThere = start?.project !== undefined && projects.all.includes(start.project);
    const { items, next } = await gather(list, query.limit, isThere ? start : list.following(start?.project ?? ''));
    const [failure] = failures;
    if (failure && items.length === 0) throw failure;
    const token = next && this.tokens.seal(listIdentity(exchange, query), next);
    const json = Buffer.from(JSON.stringify(shape.page(items, token)));
    return edited(json, this.namesIn(exchange, kind, json).edits);
  }

  /** Where the caller's token leads; undefined at the beginning. */
  private async startOf(exchange: Exchange, shape: ListShape, query: ListQuery): Promise<ListPosition | undefined> {
    if (query.token === '') return undefined;
    const item = shape.itemNamed(query.token);
    const project = item && (await this.owners.projectOf(exchange, item));
    if (project !== undefined) return { project, token: query.token };
    return this.tokens.open(listIdentity(exchange, query), query.token);
  }

  private over(asked: Asked): PagedList {
    const { shape, query, projects } = asked;
    return {
      shape,
      firstSize: Math.min(query.limit + 1, shape.sizes.max),
      page: (at, size) => this.pageOf(asked, at, size),
      following: (project) => {
        const next = projects.all.find((other) => other > project);
        return next === undefined ? undefined : { project: next, token: '' };
      },
    };
  }

  /** A project that is only guessed to have something does not stand in the way of what others have. */
  private async pageOf(asked: Asked, at: ListPosition, size: number): Promise<SeenPage> {
    const { project = '', token } = at;
    try {
      return await this.visiblePage(asked, at, size);
    } catch (error) {
      if (!isOfOnePage(error) || token !== '' || !asked.projects.guessed.has(project)) throw error;
      asked.failures.push(error);
      return { project, items: [], next: '' };
    }
  }

  private async visiblePage(asked: Asked, at: ListPosition, size: number): Promise<SeenPage> {
    const { exchange, kind, shape, query } = asked;
    const page = await this.pages.page(exchange, shape, query, at, size);
    const listed = page.items.map((item): Listed => {
      const { resources } = this.namesIn(exchange, kind, Buffer.from(JSON.stringify(item)));
      return { item, name: shape.resourceOf(item)?.name, told: resources };
    });
    return { ...page, items: await this.owners.visible(exchange, page.project, listed) };
  }

  private namesIn(exchange: Exchange, kind: ResourceKind, json: Buffer): AnswerNames {
    const hasLabels = exchange.route.surface !== 'native';
    return namesIn(json, { kind, addresses: fileAddresses(exchange, this.config.current), hasLabels });
  }
}
