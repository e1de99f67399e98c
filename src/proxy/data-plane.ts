import { Injectable, Logger } from '@nestjs/common';
import Fastify, { type FastifyInstance } from 'fastify';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import { answerClientError, type ClientError, faultOfClientError } from './client-error.js';
import { ExchangeEntry } from './exchange-entry.js';

/** How often a draining plane looks whether calls are still under way. */
const DRAIN_POLL_MS = 50;

/** How long a call that is cut may take to hear why. */
const CUT_GRACE_MS = 1_000;

/** All headers of a request together; tokens and tracing headers need a few KiB. */
const HEADER_BYTES_MAX = 64 * 1024;

/** Time for a request's headers to arrive whole. */
const HEADERS_TIMEOUT_MS = 30_000;

/** The data plane's listener: a lean Fastify that only transports. Every path enters the same way. */
@Injectable()
export class DataPlane {
  private readonly fastify: FastifyInstance;
  private readonly log = new Logger('DataPlane');
  private isDraining = false;

  constructor(
    private readonly entry: ExchangeEntry,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {
    this.fastify = this.build();
  }

  /** Starts to listen; resolves with the port. Rejects when the port cannot be had. */
  async listen(): Promise<number> {
    const { host, port } = this.config.current.server;
    await this.fastify.listen({ host, port });
    return (this.server.address() as AddressInfo).port;
  }

  /** Answers carry `Connection: close` from now on, so that clients move to other replicas. */
  announceDrain(): void {
    this.isDraining = true;
  }

  /** Stops listening and waits for the calls under way, at most `timeoutMs`; what is left then is cut. */
  async drain(timeoutMs: number): Promise<void> {
    this.isDraining = true;
    const server = this.server;
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    server.closeIdleConnections();
    const deadlineMs = this.clock.monotonic() + timeoutMs;
    while (this.entry.underWay > 0 && this.clock.monotonic() < deadlineMs) {
      await new Promise<void>((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
      server.closeIdleConnections();
    }
    if (this.entry.underWay > 0) {
      this.log.warn(`${this.entry.underWay} calls are cut after the drain time`);
      await this.entry.cutAll(CUT_GRACE_MS);
    }
    server.closeAllConnections();
    await closed;
    await this.fastify.close();
  }

  private get server(): Server {
    return this.fastify.server;
  }

  private build(): FastifyInstance {
    const fastify = Fastify({
      logger: false,
      exposeHeadRoutes: false,
      // One route: what a path means is decided by `understand`, not by a router that would decode it.
      rewriteUrl: () => '/',
      requestTimeout: 0,
      clientErrorHandler: (error: ClientError, socket) => {
        if (!this.entry.breakOff(socket, faultOfClientError(error))) answerClientError(error, socket);
      },
      http: {
        headersTimeout: HEADERS_TIMEOUT_MS,
        maxHeaderSize: HEADER_BYTES_MAX,
        // Other upgrades (h2c, which curl offers) are ignored, as RFC 9110 allows: the request is answered as it is.
        shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
      },
    });
    // Before Fastify looks at content types, which it would refuse in words of its own. The hook never goes on.
    fastify.addHook('onRequest', (request, reply) => {
      reply.hijack();
      request.raw.url = request.originalUrl;
      this.entry.http(request.raw, reply.raw, this.isDraining ? { connection: 'close' } : {});
    });
    // Expectations other than 100-continue mean nothing to the API; the request is answered as it is.
    fastify.server.on('checkExpectation', (request: IncomingMessage, response) => {
      fastify.server.emit('request', request, response);
    });
    fastify.server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
      this.entry.upgrade(request, socket, head);
    });
    return fastify;
  }
}
