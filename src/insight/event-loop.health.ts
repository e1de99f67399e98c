import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Clock } from '../kernel/clock.js';

const RESOLUTION_MS = 20;
const WINDOW_MS = 60_000;
const DEGRADED_MS = 250;
const DOWN_MS = 2_000;

/** How late the event loop runs its timers, over the last minute or so. */
@Injectable()
export class EventLoopIndicator implements OnModuleDestroy {
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private windowStartedAt: number;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly clock: Clock,
  ) {
    this.delay.enable();
    this.windowStartedAt = clock.monotonic();
  }

  onModuleDestroy(): void {
    this.delay.disable();
  }

  check(): HealthIndicatorResult {
    const session = this.indicators.check('event_loop');
    const delayMs = this.p99DelayMs();
    const detail = { p99_delay_ms: delayMs };
    if (delayMs >= DOWN_MS) return session.down(detail);
    return delayMs >= DEGRADED_MS ? session.degraded(detail) : session.up(detail);
  }

  private p99DelayMs(): number {
    // Timers fire a whole resolution after the last one even on an idle loop.
    const measured = this.delay.count === 0 ? 0 : this.delay.percentile(99) / 1e6 - RESOLUTION_MS;
    if (this.clock.monotonic() - this.windowStartedAt >= WINDOW_MS) {
      this.delay.reset();
      this.windowStartedAt = this.clock.monotonic();
    }
    return Math.max(0, Math.round(measured));
  }
}
