import { Get, Res, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse } from '@nestjs/swagger';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Open } from '../../auth/allow.decorator.js';
import { HealthService } from '../../insight/health.service.js';
import { Readiness } from '../../insight/readiness.js';
import { OpenRouteGuard } from '../open-route.guard.js';
import { ControlPlaneController } from '../transport/control-plane-controller.decorator.js';
import { type ReadinessDto, toReadinessDto } from './health.dto.js';

@ControlPlaneController('health', 'health')
@Open()
@UseGuards(OpenRouteGuard)
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly readiness: Readiness,
  ) {}

  /** Database, upstream keys, disk and event loop, each with details. */
  @Get()
  @ApiOkResponse({ description: 'Everything that calls need is up; `degraded` when something rests.' })
  @ApiServiceUnavailableResponse({ description: 'Something is down; `error` says what.' })
  async report(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    const result = await this.health.report();
    reply.status(result.status === 'error' || result.status === 'shutting_down' ? 503 : 200);
    return result;
  }

  /** Whether the process lives; says nothing about what it needs. */
  @Get('live')
  @ApiOkResponse()
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Whether this replica should get traffic. */
  @Get('ready')
  @ApiOkResponse()
  @ApiServiceUnavailableResponse({ description: 'Starting or draining.' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): ReadinessDto {
    const { state } = this.readiness;
    reply.status(state.ready ? 200 : 503);
    return toReadinessDto(state);
  }
}
