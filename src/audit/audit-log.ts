import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';

import { ConfigStore } from '../config/config.store.js';
import { Clock } from '../kernel/clock.js';
import type { AuditEvent } from './audit-event.js';
import { toLineBody } from './audit-line.js';
import { type AuditStore, AuditStoreOpener, AuditUnavailableError } from './audit-store.js';
import { gapEvent } from './chain-events.js';
import { errorLabel } from './error-label.js';
import { LineQueue } from './line-queue.js';
import { RefusalFlood } from './refusal-flood.js';

/** So many lines go into one write, so that catching up after an outage does not hold up calls. */
const BATCH_LINES_MAX = 2_000;
const RETRY_MS = 1_000;

/**
 * The audit log of this replica: every event becomes one line of the chained file within `audit.flush`. Recording never
 * throws, blocks or waits for the disk; lines wait in bounded memory while the disk takes none.
 */
@Injectable()
export class AuditLog implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger(AuditLog.name);
  private readonly queue = new LineQueue((loss) => toLineBody(gapEvent(loss), this.clock.now()));
  private readonly flood: RefusalFlood;
  private store: AuditStore | undefined;
  private draining: Promise<void> | undefined;
  private armed = false;
  private failing = false;
  private closed = false;

  constructor(
    private readonly config: ConfigStore,
    private readonly clock: Clock,
    private readonly opener: AuditStoreOpener,
  ) {
    this.flood = new RefusalFlood(clock, (event) => {
      this.enqueue(event);
    });
  }

  /** False while `audit.when_full` is `refuse` and lines cannot be written: calls are then to be refused. */
  get accepting(): boolean {
    return this.config.current.audit.when_full === 'serve' || (!this.failing && this.queue.hasRoom);
  }

  /** Whether the last write failed: the file is behind, and lines wait or are lost. */
  get isBehind(): boolean {
    return this.failing;
  }

  /** Records an event with the next batch. Never throws and never blocks. */
  append(event: AuditEvent): void {
    if (this.flood.admit(event)) this.enqueue(event);
  }

  /** Resolves when everything appended before is on disk; rejects when the file cannot be written. */
  async flush(): Promise<void> {
    this.flood.close();
    const last = this.queue.added;
    while (this.queue.written < last) await this.drain();
    await this.store?.writer.sync();
  }

  /** Opens the file. Throws when another process writes it or it cannot be opened at all. */
  async onModuleInit(): Promise<void> {
    this.store = await this.opener.open();
    // A disk that is full already is reported and tried again; it does not keep the replica from starting.
    await this.drain().catch(() => undefined);
  }

  /** What served calls append is on disk before connections to other stores close. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.flushAtEnd();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flushAtEnd();
    this.closed = true;
    const store = this.store;
    this.store = undefined;
    await store?.close();
  }

  private enqueue(event: AuditEvent): void {
    const nowMs = this.clock.now();
    try {
      if (this.closed) throw new AuditUnavailableError('The audit log is closed.');
      this.queue.add(toLineBody(event, nowMs), nowMs);
    } catch (error) {
      this.logger.error(
        `An event of type ${event.type} was not recorded in the audit log (${errorLabel(error)}). Report this.`,
      );
    }
    this.arm(this.config.current.audit.flush);
  }

  private arm(delayMs: number): void {
    if (this.armed || this.closed) return;
    this.armed = true;
    this.clock.after(delayMs, () => {
      this.armed = false;
      // What went wrong is reported by the batch, which also comes back for the lines.
      this.drain().catch(() => undefined);
    });
  }

  private async drain(): Promise<void> {
    this.draining ??= this.writeAll().finally(() => {
      this.draining = undefined;
    });
    await this.draining;
  }

  private async writeAll(): Promise<void> {
    const { store } = this;
    if (!store) throw new AuditUnavailableError('The audit log is not open.');
    do await this.writeBatch(store);
    while (this.queue.written < this.queue.added);
  }

  private async writeBatch({ writer, heads }: AuditStore): Promise<void> {
    const bodies = this.queue.peek(BATCH_LINES_MAX);
    try {
      await writer.write(bodies);
    } catch (error) {
      this.failed(error);
      throw error;
    }
    this.queue.confirm(bodies.length);
    heads.wrote(writer.position);
    if (this.failing) this.logger.log('The audit log can be written again.');
    this.failing = false;
  }

  private failed(error: unknown): void {
    if (!this.failing) {
      const { file, when_full } = this.config.current.audit;
      const meanwhile = when_full === 'refuse' ? 'Calls are refused' : 'Calls go on and their lines wait in memory';
      this.logger.error(
        `The audit log ${file} cannot be written (${errorLabel(error)}). ${meanwhile}; make room or restore the folder.`,
      );
    }
    this.failing = true;
    this.arm(RETRY_MS);
  }

  private async flushAtEnd(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      const lines = this.queue.added - this.queue.written;
      this.logger.error(`${lines} audit lines could not be written before the stop (${errorLabel(error)}).`);
    }
    await this.store?.heads.save();
  }
}
