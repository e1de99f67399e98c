import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { DatabaseHealth } from '../persistence/database-health.js';

const TIMEOUT_MS = 2_000;

/** Up when the database answers within two seconds; tells how long a round trip takes. */
@Injectable()
export class DatabaseIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealth,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const session = this.indicators.check('database');
    const answer = await Promise.race([this.ping(), timeout()]);
    return answer === undefined
      ? session.down({ message: 'The database does not answer. Calls are served from memory; logins are not.' })
      : session.up({ latency_ms: Math.round(answer * 10) / 10 });
  }

  // The driver's own message may hold host and user name, and this answer is open to everybody.
  private ping(): Promise<number | undefined> {
    return this.database.ping().catch(() => undefined);
  }
}

function timeout(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve(undefined);
    }, TIMEOUT_MS).unref();
  });
}
