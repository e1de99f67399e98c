import type { Dialect } from '../errors/dialect.js';
import type { ApiCall } from './api-call.js';
import type { Charge } from './call-context.js';

/** One method of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path behind the version: `{name}` is a segment without colons, `{+name}` may contain slashes. */
  readonly path: string;
  /** What stands before the version: nothing, `upload` or `download`. */
  readonly prefix?: 'upload' | 'download';
  readonly dialect?: Dialect;
  /** JSON bodies are read before the handler runs; `raw` bodies are the handler's own. */
  readonly body?: 'raw';
  /** Answers without a key: the path itself is the secret. */
  readonly open?: (query: URLSearchParams) => boolean;
  /** Present on methods that cost money: which model and how many input tokens. Throws ApiError. */
  readonly charge?: (call: ApiCall) => Charge;
  readonly handle: (call: ApiCall) => Promise<void>;
}

/** A route that fits a path, with the parts it names. */
export interface RouteMatch {
  readonly route: Route;
  readonly version: string;
  readonly params: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly route: Route;
  readonly pattern: RegExp;
}

const PATH = /^\/(?:(upload|download)\/)?(v1|v1beta|v1alpha)\/([^/:]+)/;

/** Finds the route of a path; routes are grouped by what stands first, so that a look-up tries only a few. */
export class Router {
  private readonly groups = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const collection = /^[^/:]+/.exec(route.path)?.[0] ?? '';
      const name = groupName(route.method, route.prefix, collection);
      const group = this.groups.get(name) ?? [];
      group.push({ route, pattern: compile(route.path) });
      this.groups.set(name, group);
    }
  }

  /** The first route that fits; undefined when the API has no such method. */
  find(method: string, path: string): RouteMatch | undefined {
    const [start, prefix, version = '', collection = ''] = PATH.exec(path) ?? [];
    if (start === undefined) return undefined;
    const rest = path.slice(start.length - collection.length);
    for (const { route, pattern } of this.groups.get(groupName(method, prefix, collection)) ?? []) {
      const match = pattern.exec(rest);
      if (match !== null) return { route, version, params: match.groups ?? {} };
    }
    return undefined;
  }
}

function groupName(method: string, prefix: string | undefined, collection: string): string {
  return `${method} ${prefix ?? ''}/${collection}`;
}

function compile(path: string): RegExp {
  const source = path
    .replace(/[.]/g, '\\.')
    .replace(/\{\+(\w+)\}/g, '(?<$1>.+)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/:]+)');
  return new RegExp(`^${source}$`);
}
