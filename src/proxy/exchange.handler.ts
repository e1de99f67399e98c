import { Injectable, UseFilters, UseGuards, UseInterceptors } from '@nestjs/common';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { CallerGuard } from '../auth/caller.guard.js';
import { ErrorMappingInterceptor } from '../faults/error-mapping.interceptor.js';
import type { SettledExchange } from '../kernel/settled-exchange.js';
import { DialectFilter } from './dialect.filter.js';
import type { Exchange } from './exchange.js';
import type { HttpReply } from './http-reply.js';
import { Admission } from './phases/admit.js';
import { Attempts } from './phases/attempt.js';
import { Redirects } from './phases/follow.js';
import { inspect } from './phases/inspect.js';
import { BodyReader } from './phases/read.js';
import { Relay } from './phases/relay.js';
import { understandCall } from './phases/understand.js';

/**
 * The life of an HTTP call. Phase 1, `receive`, has opened the exchange and phase 2, `identify`, is the guard; what
 * follows stands here in order. Phase 9, `settle`, happens when the response closes, however the call ended.
 */
@Injectable()
@UseGuards(CallerGuard)
@UseInterceptors(AuditInterceptor, ErrorMappingInterceptor)
@UseFilters(DialectFilter)
export class ExchangeHandler {
  constructor(
    private readonly admission: Admission,
    private readonly bodies: BodyReader,
    private readonly attempts: Attempts,
    private readonly redirects: Redirects,
    private readonly relay: Relay,
  ) {}

  /** Carries the call out; resolves when its response has closed. @throws Fault before the first byte only */
  async forward(exchange: Exchange, reply: HttpReply): Promise<SettledExchange> {
    understandCall(exchange);
    this.admission.admit();
    await this.bodies.read(exchange);
    inspect(exchange);
    const answered = await this.attempts.attempt(exchange);
    exchange.body = undefined;
    if (answered.outcome.kind === 'rejected') {
      this.relay.relayRejection(exchange, reply, answered);
    } else {
      const answer = await this.redirects.follow(exchange, answered.outcome.answer);
      this.relay.relayAnswer(exchange, reply, answer);
    }
    return exchange.settled;
  }
}
