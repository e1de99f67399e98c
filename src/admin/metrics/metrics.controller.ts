import { Get, Res, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Open } from '../../auth/allow.decorator.js';
import { MetricsText } from '../../metrics/metrics-text.js';
import { OpenRouteGuard } from '../open-route.guard.js';
import { ControlPlaneController } from '../transport/control-plane-controller.decorator.js';
import { MetricsEnabledGuard } from './metrics-enabled.guard.js';

@ControlPlaneController('metrics', 'metrics')
@Open()
@UseGuards(MetricsEnabledGuard, OpenRouteGuard)
export class MetricsController {
  constructor(private readonly metrics: MetricsText) {}

  /** Everything that is measured, in the text format of Prometheus. */
  @Get()
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  async scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { contentType, body } = await this.metrics.render();
    reply.header('content-type', contentType);
    return body;
  }
}
