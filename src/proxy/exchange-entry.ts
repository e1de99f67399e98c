import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Fault } from '../kernel/errors/fault.js';
import { ProxyMetrics } from '../metrics/proxy-metrics.js';
import { answerPreflight } from './cors.js';
import { EntryPlace } from './entry-place.js';
import { Exchange, type Reply } from './exchange.js';
import { ExchangeHandler } from './exchange.handler.js';
import { ExchangeObservers } from './exchange-observers.js';
import { HttpReply } from './http-reply.js';
import { LiveHandler } from './live/live.handler.js';
import { LiveReply } from './live/live-reply.js';
import { receive } from './phases/receive.js';

/**
 * Where calls enter: opens the exchange and runs its handler through Nest, so that the guard of the control plane serves
 * here too. Knows what is under way.
 */
@Injectable()
export class ExchangeEntry implements OnModuleInit {
  private forward!: (exchange: Exchange, reply: HttpReply) => Promise<unknown>;
  private open!: (exchange: Exchange, reply: LiveReply, socket: Duplex, head: Buffer) => Promise<unknown>;
  private readonly active = new Set<Exchange>();
  private readonly log = new Logger('DataPlane');

  constructor(
    private readonly contexts: ExternalContextCreator,
    private readonly exchanges: ExchangeHandler,
    private readonly live: LiveHandler,
    private readonly observers: ExchangeObservers,
    private readonly place: EntryPlace,
    private readonly metrics: ProxyMetrics,
  ) {}

  /** Guards and interceptors exist only when every module has been made. */
  onModuleInit(): void {
    this.metrics.watchInFlight('data', () => this.active.size);
    this.forward = inNest(this.contexts, this.exchanges, 'forward');
    this.open = inNest(this.contexts, this.live, 'open');
  }

  /** Exchanges that have not settled. */
  get underWay(): number {
    return this.active.size;
  }

  /**
   * Ends the call under way on a connection whose bytes cannot be read any more: with the fault where no answer has
   * begun, else without a word. False when there is no such call.
   */
  breakOff(socket: Duplex, fault: Fault): boolean {
    const exchange = [...this.active].find(({ arrival }) => arrival.request.socket === socket);
    if (!exchange) return false;
    if (exchange.arrival.reply.status === undefined) void exchange.fail(fault);
    else socket.destroy();
    return true;
  }

  /** Takes an HTTP request whose headers have been read. */
  http(request: IncomingMessage, response: ServerResponse, extraHeaders: Readonly<Record<string, string>>): void {
    const cors = this.place.cors(request);
    if (answerPreflight(request, response, cors)) return;
    const reply = new HttpReply(response, { ...this.place.commonHeaders, ...cors, ...extraHeaders });
    const exchange = this.begin(request, reply, false);
    this.place.limit(exchange);
    this.run(exchange, this.forward(exchange, reply));
  }

  /** Takes a WebSocket handshake. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const reply = new LiveReply(socket, this.place.commonHeaders);
    const exchange = this.begin(request, reply, true);
    socket.on('error', () => socket.destroy());
    this.run(exchange, this.open(exchange, reply, socket, head));
  }

  /** Ends every call under way with a fault; resolves when all have settled, or after `graceMs`. */
  async cutAll(graceMs: number): Promise<void> {
    const cut = [...this.active].map((exchange) => {
      const settled = exchange.fail(new Fault('draining'));
      exchange.cancel?.();
      return settled;
    });
    const grace = new Promise<void>((resolve) => this.place.clock.after(graceMs, resolve));
    await Promise.race([Promise.all(cut), grace]);
  }

  /** Handlers answer their own faults; what still gets out is a mistake of ours, and costs this call alone. */
  private run(exchange: Exchange, handled: Promise<unknown>): void {
    handled.catch((error: unknown) => {
      this.log.error({ err: error, requestId: exchange.requestId }, 'a call could not be handled');
      void exchange.fail(new Fault('internal', { cause: error }));
    });
  }

  /** What became `internal` is a mistake of ours; its cause is found by the request id that the caller was told. */
  private logMistake({ fault, requestId }: Exchange): void {
    if (fault?.code === 'internal') this.log.error({ err: fault.cause, requestId }, 'a call failed in the proxy');
  }

  private begin(request: IncomingMessage, reply: Reply, isUpgrade: boolean): Exchange {
    const exchange = new Exchange(receive(request, reply, isUpgrade, this.place.receiveOptions), this.place.clock);
    this.active.add(exchange);
    void exchange.settled.then((settled) => {
      this.active.delete(exchange);
      this.logMistake(exchange);
      this.observers.publish(settled);
    });
    return exchange;
  }
}

/** A provider's method with its guard and filter around it. */
function inNest(
  contexts: ExternalContextCreator,
  handler: object,
  method: string,
): (...args: unknown[]) => Promise<unknown> {
  const target = handler as Record<string, (...args: unknown[]) => unknown>;
  const callback = target[method];
  if (!callback) throw new Error(`the handler has no method ${method}`);
  const options = { guards: true, interceptors: false, filters: true };
  return contexts.create(target, callback, method, undefined, undefined, undefined, undefined, options, 'gemini');
}
