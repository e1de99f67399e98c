import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { AuditIndicator } from './audit.health.js';
import { DatabaseIndicator } from './database.health.js';
import { DiskIndicator } from './disk.health.js';
import { EventLoopIndicator } from './event-loop.health.js';
import { UpstreamKeysIndicator } from './upstream-keys.health.js';

/** Asks every indicator. A result with status `error` means that something this replica needs is down. */
@Injectable()
export class HealthService {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly database: DatabaseIndicator,
    private readonly upstreamKeys: UpstreamKeysIndicator,
    private readonly disk: DiskIndicator,
    private readonly eventLoop: EventLoopIndicator,
    private readonly audit: AuditIndicator,
  ) {}

  async report(): Promise<HealthCheckResult> {
    const indicators = [this.database, this.upstreamKeys, this.disk, this.eventLoop, this.audit];
    try {
      return await this.checks.check(indicators.map((indicator) => () => indicator.check()));
    } catch (error) {
      // Terminus throws the same result when an indicator is down.
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }
}
