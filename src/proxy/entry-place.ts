import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';
import { corsHeaders } from './cors.js';
import { DataPlaneOptions } from './data-plane.options.js';
import type { Exchange } from './exchange.js';
import type { ReceiveOptions } from './phases/receive.js';
import { peerReader } from './peer.js';
import { UploadSessions } from './uploads/upload-session.js';

/** What an exchange must know of the place where it enters. */
@Injectable()
export class EntryPlace {
  /** What `receive` must know; made anew when the configuration changes. */
  receiveOptions: ReceiveOptions;

  constructor(
    private readonly config: ConfigStore,
    private readonly uploads: UploadSessions,
    private readonly options: DataPlaneOptions,
    readonly clock: Clock,
  ) {
    this.receiveOptions = this.build();
    config.onChange(() => {
      this.receiveOptions = this.build();
    });
  }

  get commonHeaders(): Readonly<Record<string, string>> {
    return this.options.commonHeaders;
  }

  cors(request: IncomingMessage): Readonly<Record<string, string>> {
    return corsHeaders(request, this.config.current.server.cors.origins);
  }

  /** Ends an exchange that takes longer than `timeouts.total`. */
  limit(exchange: Exchange): void {
    const stop = this.clock.after(this.config.current.gemini.timeouts.total, () => {
      void exchange.fail(new Fault('upstream_timeout'));
      exchange.cancel?.();
    });
    void exchange.settled.then(stop);
  }

  private build(): ReceiveOptions {
    const { server } = this.config.current;
    return {
      peer: peerReader(server.trust_proxy),
      openUpload: (uploadId) => this.uploads.open(uploadId),
      pathPrefix: server.public_url === undefined ? '' : new URL(server.public_url).pathname.replace(/\/+$/, ''),
    };
  }
}
