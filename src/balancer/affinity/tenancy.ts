import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { type Cancel, Clock } from '../../kernel/clock.js';
import type { Principal } from '../../kernel/principal.js';
import { ResourceOwnerRepository } from '../../persistence/repositories/resource-owner.repository.js';

/** What belongs to a whole project, to another client, or to nobody, is for those who hold this scope. */
const PROJECT_ADMIN = 'project:admin';

/** It only matters whether there is more than one. */
const CLIENTS_MAX = 2;

const REFRESH_MS = 60_000;

/** Whether several clients use this proxy, and so whether what nobody is known to own may be anybody's. */
@Injectable()
export class Tenancy implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Ownership');
  private readonly clients = new Set<string>();
  /** The clients of other replicas, and of times before the start, have been counted. */
  private isCounted = false;
  private stopRefresh: Cancel = () => undefined;

  constructor(
    private readonly rows: ResourceOwnerRepository,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.refresh();
  }

  onModuleDestroy(): void {
    this.stopRefresh();
  }

  /** More than one client uses the proxy, or it is not known yet. */
  get isShared(): boolean {
    return !this.isCounted || this.clients.size > 1;
  }

  /** Notes that a client calls. */
  see(client: string): void {
    if (this.clients.size < CLIENTS_MAX) this.clients.add(client);
  }

  /** Whether the caller may touch what is not its own. */
  isAdmin({ scopes }: Principal): boolean {
    return scopes.includes(PROJECT_ADMIN);
  }

  /** Whether the caller may use what nobody is known to own (`gemini.affinity.unowned`). */
  mayUseUnowned(principal: Principal): boolean {
    const { unowned } = this.config.current.gemini.affinity;
    return this.isAdmin(principal) || unowned === 'allow' || (unowned === 'auto' && !this.isShared);
  }

  /** Whether the caller may use what belongs to the whole project. */
  mayUseProject(principal: Principal): boolean {
    return !this.isShared || this.isAdmin(principal);
  }

  private async refresh(): Promise<void> {
    try {
      for (const client of await this.rows.clients(CLIENTS_MAX)) this.see(client);
      this.isCounted = true;
    } catch (error) {
      this.log.warn({ err: error }, 'The clients that own anything could not be counted; it will be tried again.');
    }
    if (!this.isCounted || this.clients.size < CLIENTS_MAX) {
      this.stopRefresh = this.clock.after(REFRESH_MS, () => void this.refresh());
    }
  }
}
