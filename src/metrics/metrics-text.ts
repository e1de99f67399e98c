import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';

/** An answer to a scrape. */
export interface RenderedMetrics {
  readonly contentType: string;
  readonly body: string;
}

/** Everything that is measured, as Prometheus reads it. */
@Injectable()
export class MetricsText {
  constructor(private readonly registry: Registry) {}

  async render(): Promise<RenderedMetrics> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }
}
