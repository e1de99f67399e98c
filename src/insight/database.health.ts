import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { DatabaseHealth } from '../persistence/database-health.js';

/** Up when the database answers; tells how long a round trip takes. */
@Injectable()
export class DatabaseIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealth,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const session = this.indicators.check('database');
    try {
      const latencyMs = await this.database.ping();
      return session.up({ latency_ms: Math.round(latencyMs * 10) / 10 });
    } catch {
      // The driver's own message may hold host and user name, and this answer is open to everybody.
      return session.down({ message: 'The database does not answer. Calls are served from memory; logins are not.' });
    }
  }
}
