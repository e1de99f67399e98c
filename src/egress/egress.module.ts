import { Global, Module } from '@nestjs/common';
import { UpstreamClient } from './upstream-client.js';

/** The outgoing HTTP client. */
@Global()
@Module({ providers: [UpstreamClient], exports: [UpstreamClient] })
export class EgressModule {}
