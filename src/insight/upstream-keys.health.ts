import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { KeyCensus } from '../kernel/key-census.js';

/** Down when no Gemini key can serve a call, degraded when some cannot. */
@Injectable()
export class UpstreamKeysIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly keys: KeyCensus,
  ) {}

  check(): HealthIndicatorResult {
    const session = this.indicators.check('upstream_keys');
    const counts = { usable: this.keys.usable(), total: this.keys.total() };
    if (counts.usable === 0) return session.down(counts);
    return counts.usable < counts.total ? session.degraded(counts) : session.up(counts);
  }
}
