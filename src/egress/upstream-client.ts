import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import type { Readable } from 'node:stream';
import { ConfigStore } from '../config/config.store.js';
import { UpstreamCall } from './upstream-call.js';

/** One request as it goes out. */
export interface UpstreamRequest {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly method: string;
  /** Raw name-value pairs. */
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
}

/** The one way out: HTTP/1.1 connections to upstream, kept alive and shared by all calls. */
@Injectable()
export class UpstreamClient implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(private readonly config: ConfigStore) {
    this.agent = new Agent({
      allowH2: false,
      pipelining: 1,
      connect: { timeout: config.current.gemini.timeouts.connect },
      keepAliveTimeout: 30_000,
      keepAliveTimeoutThreshold: 2_000,
    });
  }

  /**
   * Sends a request; the returned call's `answer` rejects with an UpstreamFailure. A body that is a stream is consumed
   * once.
   */
  send(request: UpstreamRequest): UpstreamCall {
    const call = new UpstreamCall();
    const { first_byte: headersTimeout, idle: bodyTimeout } = this.config.current.gemini.timeouts;
    this.agent.dispatch({ ...request, headersTimeout, bodyTimeout }, call);
    return call;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}
