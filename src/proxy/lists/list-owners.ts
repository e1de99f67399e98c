import { Injectable } from '@nestjs/common';
import { OwnerRegistry } from '../../balancer/affinity/owner-registry.js';
import { Tenancy } from '../../balancer/affinity/tenancy.js';
import { Balancer } from '../../balancer/balancer.service.js';
import { Clock } from '../../kernel/clock.js';
import type { ToldResource } from '../../kernel/gemini/answer-names.js';
import type { Fields } from '../../kernel/gemini/json-values.js';
import type { Resource, ResourceKind } from '../../kernel/gemini/resource.js';
import type { Principal } from '../../kernel/principal.js';
import type { Exchange } from '../exchange.js';
import { Possessions } from '../possessions.js';
import { callerOf } from './list-identity.js';

/** An item of a list. */
export interface Listed {
  readonly item: Fields;
  /** What the item itself is called; undefined for what nobody can own. */
  readonly name: string | undefined;
  /** What it tells of, itself among it. */
  readonly told: readonly ToldResource[];
}

/** The projects that a list goes over, in an order that stays. */
export interface ListedProjects {
  readonly all: readonly string[];
  /** Those of them that can only have what nobody owns yet. */
  readonly guessed: ReadonlySet<string>;
}

/** Decides of which projects a caller's list is asked, and which of their items it sees. */
@Injectable()
export class ListOwners {
  constructor(
    private readonly registry: OwnerRegistry,
    private readonly tenancy: Tenancy,
    private readonly balancer: Balancer,
    private readonly possessions: Possessions,
    private readonly clock: Clock,
  ) {}

  /** The projects with keys in use that may have something of the kind for the caller. */
  async projectsFor(exchange: Exchange, kind: ResourceKind): Promise<ListedProjects> {
    const caller = callerOf(exchange);
    const projects = this.projectsInUse();
    if (this.tenancy.isAdmin(caller)) return { all: projects, guessed: new Set() };
    const own = new Set(await this.registry.projectsOf(caller.id, kind));
    if (!this.adopts(caller)) return { all: projects.filter((project) => own.has(project)), guessed: new Set() };
    return { all: projects, guessed: new Set(projects.filter((project) => !own.has(project))) };
  }

  /** The project of something that the caller may see; undefined when there is none. */
  async projectOf(exchange: Exchange, { name }: Resource): Promise<string | undefined> {
    const caller = callerOf(exchange);
    const owners = await this.registry.find(name, caller.id);
    return owners.find(({ client }) => client === caller.id || this.tenancy.isAdmin(caller))?.project;
  }

  /**
   * Those items of a page, the last that was read, which the caller sees: its own. While there is no other client, it
   * comes to own what nobody owned; and it owns what its own items brought forth, such as the results of a batch.
   */
  async visible(exchange: Exchange, project: string, listed: readonly Listed[]): Promise<readonly Fields[]> {
    const caller = callerOf(exchange);
    if (listed.length === 0 || this.tenancy.isAdmin(caller)) return listed.map(({ item }) => item);
    const names = listed.flatMap(({ name }) => name ?? []);
    let own = await this.registry.ownedAmong(caller.id, project, names);
    if (this.adopts(caller) && own.size < names.length) {
      await this.possessions.recordRevealed(exchange, themselves(listed));
      own = await this.registry.ownedAmong(caller.id, project, names);
    }
    const visible = listed.filter(({ name }) => name !== undefined && own.has(name));
    const told = visible.flatMap(({ told: things }) => things);
    await this.possessions.recordRevealed(
      exchange,
      told.filter(({ resource }) => !own.has(resource.name)),
    );
    return visible.map(({ item }) => item);
  }

  private projectsInUse(): string[] {
    const nowMs = this.clock.now();
    const inUse = this.balancer.ring.keys.filter((key) => key.isInUse && key.isValidAt(nowMs));
    return [...new Set(inUse.map(({ project }) => project))].toSorted();
  }

  private adopts(caller: Principal): boolean {
    return !this.tenancy.isShared && this.tenancy.mayUseUnowned(caller);
  }
}

function themselves(listed: readonly Listed[]): ToldResource[] {
  return listed.flatMap(({ name, told }) => told.filter(({ resource }) => resource.name === name));
}
