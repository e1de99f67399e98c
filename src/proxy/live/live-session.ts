import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Exchange } from '../exchange.js';
import { Places } from '../phases/place.js';
import { closeOfUpstream } from './close-codes.js';
import { LiveAccount } from './live-account.js';
import { withHandlesReplaced } from './handle-fields.js';
import type { Frame, LiveEnd } from './live-end.js';
import type { LiveReply } from './live-reply.js';
import { end } from './open-sessions.js';
import { SentFrames } from './sent-frames.js';
import { SessionHandles } from './session-handles.js';

const GOING_AWAY = 1001;

/** How long upstream may take to answer a close frame. */
const CLOSE_GRACE_MS = 2_000;

/** Relays an open session both ways until one end, or a limit, ends it. */
@Injectable()
export class LiveSession {
  constructor(
    private readonly handles: SessionHandles,
    private readonly places: Places,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /** Starts the relay; it goes on by itself. The frame that answered `setup` is the first to reach the caller. */
  relay(exchange: Exchange, reply: LiveReply, caller: LiveEnd, upstream: LiveEnd): void {
    const account = new LiveAccount();
    exchange.account = account;
    exchange.cancel = () => {
      upstream.socket.close();
      this.clock.after(CLOSE_GRACE_MS, () => {
        upstream.socket.terminate();
      });
    };
    let activeMs = this.clock.monotonic();
    upstream.socket.on('close', (code, reason) => {
      reply.close(closeOfUpstream({ code, reason: reason.toString('utf8') }, exchange.scrubber));
    });
    // Before the exchange settles, which lets upstream go without the caller's code.
    caller.socket.prependOnceListener('close', (code: number, reason: Buffer) => {
      upstream.socket.close(code === 1005 || code === 1006 ? 1000 : code, reason);
    });
    const stop = this.limit(reply, () => activeMs);
    void exchange.settled.then(stop);
    upstream.flow((frame) => {
      activeMs = this.clock.monotonic();
      account.push(frame.data);
      exchange.markFirstByte();
      caller.relay(this.forCaller(exchange, frame), upstream);
    }, false);
    const sent = this.sentFrames(exchange, caller, upstream);
    caller.flow((frame) => {
      activeMs = this.clock.monotonic();
      sent.take(frame);
    }, true);
  }

  private sentFrames(exchange: Exchange, caller: LiveEnd, upstream: LiveEnd): SentFrames {
    const { key } = exchange;
    if (!key) throw new Error('a session is relayed under no key');
    return new SentFrames(exchange, key.project, this.places, {
      send: (frame) => {
        upstream.relay(frame, caller);
      },
      pause: () => {
        caller.socket.pause();
      },
      resume: () => {
        caller.socket.resume();
      },
      refuse: (error) => {
        end(exchange, error instanceof Fault ? error : new Fault('internal', { cause: error }));
      },
    });
  }

  /** Handles in it lead back to the project, and the model, that can resume the session. */
  private forCaller(exchange: Exchange, frame: Frame): Frame {
    const { principal, key, routedModel: model } = exchange;
    if (!principal || !key) throw new Error('a session is relayed for nobody');
    return withHandlesReplaced(frame, (handle) =>
      this.handles.seal({ client: principal.id, project: key.project, model, handle }),
    );
  }

  /** Ends the session after `live.max_session`, or after `live.idle` without a frame. */
  private limit(reply: LiveReply, activeMs: () => number): () => void {
    const { max_session: maxSession, idle } = this.config.current.gemini.live;
    const close = (reason: string) => (): void => {
      reply.close({ code: GOING_AWAY, reason });
    };
    const stopMax = this.clock.after(
      maxSession,
      close('The session has reached its longest duration. Open a new one.'),
    );
    let stopIdle: Cancel;
    const watch = (): void => {
      const leftMs = idle - (this.clock.monotonic() - activeMs());
      if (leftMs <= 0) close('The session was idle for too long. Open a new one.')();
      else stopIdle = this.clock.after(leftMs, watch);
    };
    stopIdle = this.clock.after(idle, watch);
    return () => {
      stopMax();
      stopIdle();
    };
  }
}
