import { Injectable, UseFilters, UseGuards } from '@nestjs/common';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { CallerGuard } from '../../auth/caller.guard.js';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { DialectFilter } from '../dialect.filter.js';
import type { Exchange } from '../exchange.js';
import { Admission } from '../phases/admit.js';
import { understandCall } from '../phases/understand.js';
import { LiveConnector, LiveRefused } from './live-connector.js';
import { FRAME_BYTES_MAX, LiveEnd } from './live-end.js';
import type { LiveReply } from './live-reply.js';
import { LiveSession } from './live-session.js';
import { OpenSessions } from './open-sessions.js';
import { SessionStarts } from './session-starts.js';
import { readSetup } from './setup-frame.js';

/** The life of a Live session: identified before the upgrade, then accepted, set up, connected and relayed. */
@Injectable()
@UseGuards(CallerGuard)
@UseFilters(DialectFilter)
export class LiveHandler {
  constructor(
    private readonly admission: Admission,
    private readonly sessions: OpenSessions,
    private readonly starts: SessionStarts,
    private readonly connector: LiveConnector,
    private readonly session: LiveSession,
    private readonly clock: Clock,
  ) {}

  /** Opens the session, which then relays itself. @throws Fault */
  async open(exchange: Exchange, reply: LiveReply, socket: Duplex, head: Buffer): Promise<void> {
    understandCall(exchange);
    this.admission.admit();
    this.sessions.add(exchange);
    const caller = new LiveEnd(await this.accept(exchange, reply, socket, head));
    const start = await this.starts.start(exchange, await readSetup(caller, this.clock));
    try {
      const upstream = await this.connector.connect(exchange, start);
      this.session.relay(exchange, reply, caller, upstream);
    } catch (error) {
      if (!(error instanceof LiveRefused)) throw error;
      exchange.truncated = true;
      reply.close(error.close);
    }
  }

  private accept(exchange: Exchange, reply: LiveReply, socket: Duplex, head: Buffer): Promise<WebSocket> {
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: FRAME_BYTES_MAX,
      perMessageDeflate: false,
    });
    return new Promise((resolve, reject) => {
      server.once('wsClientError', (cause) => {
        reject(new Fault('handshake_malformed', { cause }));
      });
      server.handleUpgrade(exchange.arrival.request, socket, head, (accepted) => {
        accepted.on('error', () => {
          accepted.terminate();
        });
        reply.accepted(accepted);
        resolve(accepted);
      });
    });
  }
}
