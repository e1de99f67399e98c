import type { Logger } from '@nestjs/common';

import type { Clock } from '../kernel/clock.js';
import type { AuditHead, AuditHeadRepository } from '../persistence/repositories/audit-head.repository.js';
import { errorLabel } from './error-label.js';
import { CHAIN_START, type ChainPosition } from './audit-line.js';

const SAVE_EVERY_MS = 1_000;
const FIND_WITHIN_MS = 2_000;

/** What a stored head says beside the position. */
export type HeadOwner = Pick<AuditHead, 'replica' | 'file' | 'kid'>;

/**
 * Keeps the end of the chain in the database, so that lines cut from the end of the file are missed. At most one save a
 * second; a database that does not answer is reported once and asked again, and holds up nothing.
 */
export class HeadKeeper {
  private latest = CHAIN_START;
  private saved = CHAIN_START;
  private armed = false;
  private stopped = false;
  private failing = false;

  constructor(
    private readonly heads: Pick<AuditHeadRepository, 'find' | 'save'>,
    private readonly owner: HeadOwner,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Where the chain stood when it was last saved; its start when nothing is known within two seconds. */
  async find(): Promise<ChainPosition> {
    const late = Promise.withResolvers<never>();
    const cancel = this.clock.after(FIND_WITHIN_MS, () => {
      late.reject(new Error('The database did not answer in time.'));
    });
    try {
      this.saved = (await Promise.race([this.heads.find(this.owner.replica), late.promise])) ?? CHAIN_START;
    } catch (error) {
      this.report(error);
    } finally {
      cancel();
    }
    return { seq: this.saved.seq, mac: this.saved.mac };
  }

  /** Notes how far the file is; it is saved within a second. */
  wrote(position: ChainPosition): void {
    if (position.seq <= this.latest.seq) return;
    this.latest = position;
    this.arm();
  }
  /** Saves now what is not saved yet; never rejects. */
  async save(): Promise<void> {
    const position = this.latest;
    if (position.seq <= this.saved.seq) return;
    try {
      await this.heads.save({ ...this.owner, seq: position.seq, mac: position.mac });
      this.saved = position;
      this.failing = false;
    } catch (error) {
      this.report(error);
      this.arm();
    }
  }

  /** Ends the saving, also of what failed before. */
  stop(): void {
    this.stopped = true;
  }

  private arm(): void {
    if (this.armed || this.stopped) return;
    this.armed = true;
    this.clock.after(SAVE_EVERY_MS, () => {
      this.armed = false;
      if (!this.stopped) void this.save();
    });
  }

  private report(error: unknown): void {
    if (this.failing) return;
    this.failing = true;
    this.logger.warn(
      `The end of the audit chain cannot be kept in the database (${errorLabel(error)}), so a cut tail would go unnoticed. It is tried again with the next lines; see /health for the database.`,
    );
  }
}
