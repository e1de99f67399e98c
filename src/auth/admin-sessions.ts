import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Fault } from '../kernel/errors/fault.js';
import { type AdminSession, AdminSessionRepository } from '../persistence/repositories/admin-session.repository.js';

const TOUCH_INTERVAL_MS = 60_000;

/**
 * The sessions that count now. The row in the database is the truth; what is active is held in memory, and opening or
 * revoking here changes both before it resolves. Rejects with `store_unavailable` when the database does not answer.
 */
@Injectable()
export class AdminSessions implements OnModuleInit {
  private readonly logger = new Logger(AdminSessions.name);
  private readonly active = new Map<string, AdminSession>();
  /** Revoked here while the row does not say so yet: id → when the session would have expired. */
  private readonly unwritten = new Map<string, number>();
  private revocations = 0;

  constructor(
    private readonly rows: AdminSessionRepository,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    const now = new Date(this.clock.now());
    await this.rows.deleteExpired(now);
    for (const session of await this.rows.listActive(now)) this.active.set(session.id, session);
  }

  async open(session: Omit<AdminSession, 'revokedAt' | 'lastSeenAt'>): Promise<void> {
    await stored(this.rows.create(session));
    this.forgetExpired();
    this.active.set(session.id, { ...session, lastSeenAt: session.createdAt, revokedAt: null });
  }

  /** Whether the session is known here and counts; notes that it was seen. */
  isActive(id: string): boolean {
    const session = this.active.get(id);
    if (session === undefined || session.expiresAt.getTime() <= this.clock.now()) return false;
    this.noteSeen(session);
    return true;
  }

  /** Whether the session counts according to its row; from then on it is known here too. */
  async adopt(id: string): Promise<boolean> {
    if (this.unwritten.has(id)) return false;
    const revocations = this.revocations;
    const session = await stored(this.rows.find(id));
    if (session?.revokedAt !== null || session.expiresAt.getTime() <= this.clock.now()) return false;
    // Revoked while the row was read: what was read may be older than the revocation.
    if (revocations !== this.revocations) return this.adopt(id);
    this.active.set(id, session);
    return true;
  }

  get(id: string): Promise<AdminSession | undefined> {
    const known = this.active.get(id);
    return known === undefined ? stored(this.rows.find(id)) : Promise.resolve(known);
  }

  /** Sessions of all replicas that count now. */
  list(): Promise<AdminSession[]> {
    return stored(this.rows.listActive(new Date(this.clock.now())));
  }

  /**
   * Refused from here on, at once, and on this replica even when the row could not be written. False when there was
   * nothing to revoke.
   */
  async revoke(id: string): Promise<boolean> {
    const known = this.active.get(id);
    this.revocations += 1;
    this.unwritten.set(id, known?.expiresAt.getTime() ?? 0);
    this.active.delete(id);
    const written = await stored(this.rows.revoke(id, new Date(this.clock.now())));
    this.unwritten.delete(id);
    return known !== undefined || written;
  }

  private noteSeen(session: AdminSession): void {
    const now = this.clock.now();
    if (now - session.lastSeenAt.getTime() < TOUCH_INTERVAL_MS) return;
    const lastSeenAt = new Date(now);
    this.active.set(session.id, { ...session, lastSeenAt });
    this.rows.touch(session.id, lastSeenAt).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'the time a session was last seen could not be stored');
    });
  }

  private forgetExpired(): void {
    const now = this.clock.now();
    for (const [id, session] of this.active) {
      if (session.expiresAt.getTime() <= now) this.active.delete(id);
    }
    for (const [id, expiresAt] of this.unwritten) {
      if (expiresAt <= now) this.unwritten.delete(id);
    }
  }
}

function stored<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw new Fault('store_unavailable', { cause: error });
  });
}
