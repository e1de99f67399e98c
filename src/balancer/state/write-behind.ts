import { Logger } from '@nestjs/common';
import type { Clock } from '../../kernel/clock.js';

const EVERY_MS = 1_000;
const LOAD_WITHIN_MS = 2_000;

/**
 * Writes changes to the database behind the calls that make them: at most once a second, all at once. A database that
 * does not answer is reported once and asked again, and holds up nothing.
 */
export class WriteBehind {
  private readonly log = new Logger('Balancer');
  private armed = false;
  private stopped = false;
  private failing = false;

  /** `save` writes what has changed and keeps for the next time what it could not write; `what` names it for people. */
  constructor(
    private readonly clock: Clock,
    private readonly what: string,
    private readonly save: () => Promise<void>,
  ) {}

  /** Something changed: it is written within a second. */
  mark(): void {
    if (this.armed || this.stopped) return;
    this.armed = true;
    this.clock.after(EVERY_MS, () => {
      this.armed = false;
      void this.flush();
    });
  }

  /** Writes now; never rejects. */
  async flush(): Promise<void> {
    try {
      await this.save();
      this.failing = false;
    } catch (error) {
      this.report(error, 'cannot be written');
      this.mark();
    }
  }

  /** What `read` brings, or undefined when the database does not answer in time: the replica starts without it. */
  async load<T>(read: () => Promise<T>): Promise<T | undefined> {
    const late = Promise.withResolvers<never>();
    const cancel = this.clock.after(LOAD_WITHIN_MS, () => {
      late.reject(new Error('the database did not answer in time'));
    });
    try {
      return await Promise.race([read(), late.promise]);
    } catch (error) {
      this.report(error, 'cannot be read');
      return undefined;
    } finally {
      cancel();
    }
  }

  /** Writes what is left, and ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.flush();
  }

  private report(error: unknown, trouble: string): void {
    if (this.failing) return;
    this.failing = true;
    const reason = error instanceof Error ? error.message : 'unknown';
    this.log.warn(`${this.what} ${trouble} (${reason}): a restart would forget them. See /health for the database.`);
  }
}
