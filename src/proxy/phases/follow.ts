import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { UpstreamClient } from '../../egress/upstream-client.js';
import { trustOf } from '../../egress/url-guard.js';
import { Fault } from '../../kernel/errors/fault.js';
import { headersForUpstream } from '../../kernel/http/headers.js';
import type { Outcome } from '../answered.js';
import type { Exchange } from '../exchange.js';
import { outcomeOf } from '../outcome.js';
import { faultOfFailure } from '../failure-fault.js';
import { upstreamBase } from '../upstream-base.js';

/** Google redirects a download once, at most twice. */
const HOPS_MAX = 3;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Follows redirects of reads on the caller's behalf, who could not: the key is ours, and only safe hosts see it. */
@Injectable()
export class Redirects {
  constructor(
    private readonly upstream: UpstreamClient,
    private readonly config: ConfigStore,
  ) {}

  /** What stands at the end of the redirects. @throws Fault upstream_redirect_refused */
  async follow(exchange: Exchange, first: Outcome): Promise<Outcome> {
    let outcome = first;
    const { origin, prefix } = upstreamBase(this.config.current);
    let at = new URL(`${prefix}${exchange.route.path}`, origin);
    for (let hops = 0; isRedirect(outcome); hops += 1) {
      const location = outcome.answer.headers['location'];
      outcome.answer.abort();
      const { method } = exchange.arrival.request;
      const isRead = method === 'GET' || method === 'HEAD';
      if (!isRead || hops === HOPS_MAX || typeof location !== 'string') throw new Fault('upstream_redirect_refused');
      at = this.resolve(location, at);
      outcome = await this.get(exchange, at);
    }
    return outcome;
  }

  private resolve(location: string, from: URL): URL {
    try {
      return new URL(location, from);
    } catch (cause) {
      throw new Fault('upstream_redirect_refused', { cause });
    }
  }

  private async get(exchange: Exchange, url: URL): Promise<Outcome> {
    const trust = trustOf(url, upstreamBase(this.config.current).url);
    if (trust === 'refused') throw new Fault('upstream_redirect_refused');
    const headers = [...headersForUpstream(exchange.arrival.request.rawHeaders), 'accept-encoding', 'identity'];
    if (trust === 'with_key') headers.push('x-goog-api-key', exchange.key?.secret.reveal() ?? '');
    const { method = 'GET' } = exchange.arrival.request;
    const call = this.upstream.send({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers,
      body: null,
    });
    exchange.cancel = () => {
      call.abort();
    };
    try {
      return await outcomeOf(await call.answer);
    } catch (error) {
      throw faultOfFailure(error);
    }
  }
}

function isRedirect(outcome: Outcome): outcome is Extract<Outcome, { kind: 'answered' }> {
  // 308 without a place to go is how older uploads say that they want more (wire facts A.5).
  return (
    outcome.kind === 'answered' &&
    REDIRECTS.has(outcome.answer.status) &&
    outcome.answer.headers['location'] !== undefined
  );
}
