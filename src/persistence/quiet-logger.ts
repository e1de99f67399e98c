import type { Logger } from 'typeorm';
import type { Notify } from './embedded/notify.js';

/** Passes the library's warnings on, and keeps its statements to itself: they hold the values of their parameters. */
export class QuietLogger implements Logger {
  constructor(private readonly notify: Notify) {}

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.notify('warn', String(message));
  }

  logMigration(message: string): void {
    this.notify('warn', message);
  }

  logQuery(): void {
    // Never written.
  }

  logQueryError(): void {
    // The error itself reaches the caller.
  }

  logQuerySlow(): void {
    // Never written.
  }

  logSchemaBuild(): void {
    // What was applied is told by name when it is done.
  }
}
