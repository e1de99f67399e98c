import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { ResourceKind } from '../../kernel/gemini/resource.js';
import {
  type ResourceOwner,
  ResourceOwnerRepository,
} from '../../persistence/repositories/resource-owner.repository.js';
import { OwnerCache } from './owner-cache.js';

/** Resources whose owners are held in memory; an entry has some three hundred bytes. */
const CACHE_MAX = 50_000;

/** Other replicas record and forget too: what is held is read again after so long, where the database answers. */
const OWN_FRESH_MS = 60_000;

/** What does not name the client that asks is believed for a moment only: another replica may just have recorded it. */
const OTHERS_FRESH_MS = 2_000;

const READ_LIMIT_MS = 250;
const WRITE_LIMIT_MS = 5_000;
const READS_MAX = 256;
const RETRY_AFTER_MS = 1_000;

const REMOVAL_INTERVAL_MS = 600_000;
const REMOVAL_ROWS = 5_000;
const REMOVAL_PAUSE_MS = 1_000;

/**
 * Who owns what at Google. The rows in the database are the truth; those in use are held in memory. Whatever needs the
 * database rejects with the Fault ownership_unavailable when it does not answer in time.
 */
@Injectable()
export class OwnerRegistry implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Ownership');
  private readonly cache = new OwnerCache(CACHE_MAX);
  private readonly reads = new Map<string, Promise<readonly ResourceOwner[]>>();
  private stopRemoval: Cancel = () => undefined;

  constructor(
    private readonly rows: ResourceOwnerRepository,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.removeExpiredAfter(REMOVAL_INTERVAL_MS);
  }

  onModuleDestroy(): void {
    this.stopRemoval();
  }

  /** The owners of a resource, one for each project that has one of the name; `client` is who asks. */
  async find(resource: string, client: string): Promise<readonly ResourceOwner[]> {
    const known = this.cache.get(resource);
    const owners = known ? this.alive(known.owners) : [];
    const isOwn = owners.some((owner) => owner.client === client);
    const freshMs = isOwn ? OWN_FRESH_MS : OTHERS_FRESH_MS;
    if (known && this.clock.monotonic() - known.readAtMs < freshMs) return owners;
    try {
      return await this.read(resource);
    } catch (error) {
      if (!isOwn) throw error;
      // A client's own things stay its own while the database is away.
      this.keep(resource, owners, this.forOwnersOnlyMs());
      return owners;
    }
  }

  /** Writes the owners; another client's row stays as it is. Resolves when the rows are there. */
  async record(owners: readonly ResourceOwner[]): Promise<void> {
    await this.within(this.rows.record(owners), WRITE_LIMIT_MS);
    for (const owner of owners) this.learn(owner);
  }

  /** The same for what was just made: whatever had its name in the project before is gone. */
  async replace(owners: readonly ResourceOwner[]): Promise<void> {
    for (const { resource, project } of owners) await this.forget(resource, project);
    await this.record(owners);
  }

  async forget(resource: string, project: string): Promise<void> {
    await this.within(this.rows.forget(resource, project), WRITE_LIMIT_MS);
    this.reads.delete(resource);
    this.cache.delete(resource);
  }

  /** The projects where the client owns something of the kind, sorted. */
  projectsOf(client: string, kind: ResourceKind): Promise<string[]> {
    return this.within(this.rows.projectsOf(client, kind), READ_LIMIT_MS);
  }

  /** Those of the resources that the client owns in the project. */
  async ownedAmong(client: string, project: string, resources: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(await this.within(this.rows.ownedAmong(client, project, resources), READ_LIMIT_MS));
  }

  private read(resource: string): Promise<readonly ResourceOwner[]> {
    const underWay = this.reads.get(resource) ?? this.startRead(resource);
    return this.within(underWay, READ_LIMIT_MS);
  }

  private startRead(resource: string): Promise<readonly ResourceOwner[]> {
    // Reads that the database does not answer would pile up.
    if (this.reads.size >= READS_MAX) return Promise.reject(new Error('too many reads of owners are under way'));
    const read = this.rows.find(resource, this.clock.now()).then((owners) => {
      // What was recorded meanwhile is newer than what was read.
      if (this.reads.get(resource) === read) this.keep(resource, owners);
      return owners;
    });
    this.reads.set(resource, read);
    const done = (): void => {
      if (this.reads.get(resource) === read) this.reads.delete(resource);
    };
    read.then(done, done);
    return read;
  }

  private keep(resource: string, owners: readonly ResourceOwner[], readAtMs = this.clock.monotonic()): void {
    this.cache.set(resource, { owners, readAtMs });
  }

  private learn(owner: ResourceOwner): void {
    const { resource, project, client } = owner;
    this.reads.delete(resource);
    const known = this.cache.get(resource);
    const others = this.alive(known?.owners ?? []).filter(
      (other) => other.project !== project || other.client !== client,
    );
    // Whose it is stands in the row alone.
    if (others.some((other) => other.project === project)) this.cache.delete(resource);
    else this.keep(resource, [...others, owner], known?.readAtMs ?? this.forOwnersOnlyMs());
  }

  /** The time of a read by which only those may go whom it names: who else owns one of the name is not known. */
  private forOwnersOnlyMs(): number {
    return this.clock.monotonic() - OTHERS_FRESH_MS;
  }

  private alive(owners: readonly ResourceOwner[]): readonly ResourceOwner[] {
    const nowMs = this.clock.now();
    return owners.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > nowMs);
  }

  private within<T>(work: Promise<T>, limitMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        stop();
        reject(new Fault('ownership_unavailable', { cause, retryAfterMs: RETRY_AFTER_MS }));
      };
      const stop = this.clock.after(limitMs, () => {
        fail(new Error(`the database did not answer within ${limitMs} ms`));
      });
      work.then((value) => {
        stop();
        resolve(value);
      }, fail);
    });
  }

  private removeExpiredAfter(delayMs: number): void {
    this.stopRemoval = this.clock.after(delayMs, () => void this.removeExpired());
  }

  private async removeExpired(): Promise<void> {
    let removed = 0;
    try {
      removed = await this.rows.removeExpired(this.clock.now(), REMOVAL_ROWS);
    } catch (error) {
      this.log.warn({ err: error }, 'Owners of expired resources could not be removed; it will be tried again.');
    }
    this.removeExpiredAfter(removed === REMOVAL_ROWS ? REMOVAL_PAUSE_MS : REMOVAL_INTERVAL_MS);
  }
}
