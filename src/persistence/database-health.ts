import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';

const PING_TIMEOUT_MS = 2_000;

/** Whether the database answers. */
@Injectable()
export class DatabaseHealth {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Milliseconds of a round trip; rejects with the fault `store_unavailable` when there is no answer within 2 s. */
  async ping(): Promise<number> {
    const startedMs = this.clock.monotonic();
    try {
      await this.withinTimeout(this.dataSource.query('SELECT 1'));
    } catch (cause) {
      throw new Fault('store_unavailable', { cause });
    }
    return this.clock.monotonic() - startedMs;
  }

  private withinTimeout(answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(PING_TIMEOUT_MS, () => {
        reject(new Error(`The database did not answer within ${PING_TIMEOUT_MS} ms.`));
      });
      answer.then(resolve, reject).finally(cancel);
    });
  }
}
