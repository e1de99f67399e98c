import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { EphemeralTokenRepository } from '../../persistence/repositories/ephemeral-token.repository.js';

const INTERVAL_MS = 600_000;
const PAUSE_MS = 1_000;

/** Rows of one statement, so that it never holds up others. */
const ROWS = 5_000;

/** Removes ephemeral tokens that have expired; several replicas may do so at once. */
@Injectable()
export class TokenRemoval implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('EphemeralTokens');
  private stop: Cancel = () => undefined;

  constructor(
    private readonly rows: EphemeralTokenRepository,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.removeAfter(INTERVAL_MS);
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private removeAfter(delayMs: number): void {
    this.stop = this.clock.after(delayMs, () => void this.remove());
  }

  private async remove(): Promise<void> {
    let removed = 0;
    try {
      removed = await this.rows.removeExpired(this.clock.now(), ROWS);
    } catch (error) {
      this.log.warn({ err: error }, 'Expired ephemeral tokens could not be removed; it will be tried again.');
    }
    this.removeAfter(removed === ROWS ? PAUSE_MS : INTERVAL_MS);
  }
}
