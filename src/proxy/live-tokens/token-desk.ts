import { Injectable } from '@nestjs/common';
import { type OwnToken, TokenMint } from '../../auth/ephemeral/token-mint.js';
import { Fault } from '../../kernel/errors/fault.js';
import { replaceStringField } from '../../kernel/gemini/json-fields.js';
import type { Route } from '../../kernel/gemini/route.js';
import type { Principal } from '../../kernel/principal.js';
import type { Answered } from '../answered.js';
import type { Exchange } from '../exchange.js';
import { madeAnswer } from '../made-answer.js';
import { withBody } from '../whole-answer.js';
import { TokenEvents } from './token-events.js';
import { type Ordered, TokenOrder } from './token-order.js';

const PATHS = /^\/(?:(?:upload|download)\/)?v[^/]+\/auth_tokens(?=[/:]|$)/;

type Granted = Extract<Ordered, { readonly kind: 'granted' }>;

/** Whether a call is about ephemeral tokens: none of these goes upstream as it came. */
export function isAboutTokens({ path }: Route): boolean {
  return PATHS.test(path);
}

/**
 * Mints, shows and revokes ephemeral tokens. Callers get tokens of this proxy; Google's own stay behind them, so that
 * nobody goes around the proxy and a revocation holds at once.
 */
@Injectable()
export class TokenDesk {
  constructor(
    private readonly order: TokenOrder,
    private readonly mint: TokenMint,
    private readonly events: TokenEvents,
  ) {}

  /**
   * Serves a call that is about tokens.
   * @throws Fault live_tokens_exhausted, live_token_refused, resource_not_found, path_unknown, method_not_allowed,
   * store_unavailable, and those of any call that goes upstream
   */
  async serve(exchange: Exchange): Promise<Answered> {
    const { surface, subject } = exchange.route;
    if (surface !== 'native') throw new Fault('path_unknown');
    if (subject.kind === 'creation') return this.create(exchange);
    if (subject.kind === 'resource' && subject.isItself) return this.handle(exchange, subject.resource.name);
    throw new Fault('path_unknown');
  }

  private async create(exchange: Exchange): Promise<Answered> {
    const release = await this.mint.reserve(callerOf(exchange).id);
    try {
      const ordered = await this.order.place(exchange);
      return ordered.kind === 'rejected' ? ordered.answered : await this.granted(exchange, ordered);
    } finally {
      release();
    }
  }

  private async granted(exchange: Exchange, { terms, name, answer, body }: Granted): Promise<Answered> {
    const { id: client, credentialId = null } = callerOf(exchange);
    const { key } = exchange;
    if (!key) throw new Error('a token was granted under no key');
    const { uses, expiresAtMs, newSessionExpiresAtMs } = terms;
    const upstream = { name, model: terms.isLocked ? terms.model : undefined };
    const owner = { client, credentialId, project: key.project, keyId: key.id };
    const minted = await this.mint.add({ ...owner, uses, expiresAtMs, newSessionExpiresAtMs, upstream });
    this.events.minted(exchange, minted, terms);
    return {
      outcome: { kind: 'answered', answer: withBody(answer, replaceStringField(body, 'name', minted.name)) },
    };
  }

  private async handle(exchange: Exchange, name: string): Promise<Answered> {
    const { method } = exchange.arrival.request;
    if (method !== 'GET' && method !== 'HEAD' && method !== 'DELETE') throw new Fault('method_not_allowed');
    const client = callerOf(exchange).id;
    const token = await this.mint.find(name, client);
    if (!token) throw new Fault('resource_not_found');
    if (method !== 'DELETE') return { outcome: { kind: 'answered', answer: madeAnswer(shown(name, token)) } };
    if (!(await this.mint.revoke(token.id, client))) throw new Fault('resource_not_found');
    this.events.revoked(exchange, token.id);
    return { outcome: { kind: 'answered', answer: madeAnswer({}) } };
  }
}

/** The token as Google's API would describe it, in its fields. */
function shown(name: string, { uses, newSessionExpiresAtMs, expiresAtMs }: OwnToken): object {
  return {
    name,
    uses,
    newSessionExpireTime: new Date(newSessionExpiresAtMs).toISOString(),
    expireTime: new Date(expiresAtMs).toISOString(),
  };
}

function callerOf({ principal }: Exchange): Principal {
  if (!principal) throw new Error('a token is asked for by nobody');
  return principal;
}
