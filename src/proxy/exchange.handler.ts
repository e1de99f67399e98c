import { Injectable, UseFilters, UseGuards } from '@nestjs/common';
import { CallerGuard } from '../auth/caller.guard.js';
import { Answering } from './answering.js';
import { DialectFilter } from './dialect.filter.js';
import type { Exchange } from './exchange.js';
import type { HttpReply } from './http-reply.js';
import { Admission } from './phases/admit.js';
import { inspect } from './phases/inspect.js';
import { BodyReader } from './phases/read.js';
import { Relay } from './phases/relay.js';
import { understandCall } from './phases/understand.js';

/**
 * The life of an HTTP call. Phase 1, `receive`, has opened the exchange and phase 2, `identify`, is the guard; what
 * follows stands here in order; the filter answers what any of them throws. The last phase, `settle`, happens when the
 * response closes, however the call ended. No interceptors: docs/adr/0003.
 */
@Injectable()
@UseGuards(CallerGuard)
@UseFilters(DialectFilter)
export class ExchangeHandler {
  constructor(
    private readonly admission: Admission,
    private readonly bodies: BodyReader,
    private readonly answering: Answering,
    private readonly relay: Relay,
  ) {}

  /** Starts the answer, which then relays itself. @throws Fault before the first byte only */
  async forward(exchange: Exchange, reply: HttpReply): Promise<void> {
    understandCall(exchange);
    this.admission.admit();
    await this.bodies.read(exchange);
    inspect(exchange);
    const { outcome, retryAfterMs } = await this.answering.answer(exchange);
    if (outcome.kind === 'answered') this.relay.relayAnswer(exchange, reply, outcome.answer);
    else this.relay.relayRejection(exchange, reply, outcome, retryAfterMs);
  }
}
