import { Injectable } from '@nestjs/common';
import type { FastifyInstance, RouteOptions } from 'fastify';

interface Route {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

/** The routes of the control plane, to tell a wrong method (405) from a wrong path (404). */
@Injectable()
export class RouteTable {
  private readonly routes: Route[] = [];

  /** Notes every route that is registered from now on. */
  observe(server: FastifyInstance): void {
    server.addHook('onRoute', (route: RouteOptions) => {
      this.routes.push({ pattern: toPattern(route.url), methods: [route.method].flat() });
    });
  }

  /** The methods that the path takes, sorted; empty when there is nothing at the path. */
  methodsAt(path: string): readonly string[] {
    const methods = this.routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  }
}

function toPattern(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}/?$`);
}
