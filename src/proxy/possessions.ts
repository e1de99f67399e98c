import { Injectable } from '@nestjs/common';
import { OwnerRegistry } from '../balancer/affinity/owner-registry.js';
import { ownerRows } from '../balancer/affinity/owner-rows.js';
import { Clock } from '../kernel/clock.js';
import type { ToldResource } from '../kernel/gemini/answer-names.js';
import { tokenResource } from '../kernel/gemini/references.js';
import type { ResourceKind } from '../kernel/gemini/resource.js';
import type { Exchange } from './exchange.js';
import { LostOwnership } from './lost-ownership.js';

/** Kinds whose names callers may choose: what is made may have the name of something that is gone. */
const CHOSEN_NAMES: ReadonlySet<string> = new Set<ResourceKind>(['files', 'tunedModels']);

/** What an exchange makes somebody's own, or takes away. */
@Injectable()
export class Possessions {
  constructor(
    private readonly owners: OwnerRegistry,
    private readonly lost: LostOwnership,
    private readonly clock: Clock,
  ) {}

  /** The row of what was deleted goes; should that fail, it stands for nothing until it expires. */
  async forget(exchange: Exchange): Promise<void> {
    const { subject } = exchange.route;
    // What a session of an upload ends is the upload, whatever its path says.
    if (exchange.arrival.uploadSession || subject.kind !== 'resource' || !subject.isItself) return;
    try {
      await this.owners.forget(subject.resource.name, projectOf(exchange));
    } catch (error) {
      this.lost.report(exchange, [subject.resource], error);
    }
  }

  /** What nobody was known to own, and upstream found, is the caller's from now on. */
  async claim(exchange: Exchange): Promise<void> {
    const things = (exchange.claims?.unowned ?? []).map((resource) => ({ resource }));
    if (things.length > 0) await this.tryToRecord(exchange, things);
  }

  /** A token that could not be noted goes out all the same: the answer is good, only its continuation is lost. */
  async noteToken(exchange: Exchange, token: string): Promise<void> {
    await this.tryToRecord(exchange, [{ resource: tokenResource(token) }]);
  }

  /** What was made is the caller's. @throws Fault ownership_unavailable; log and audit then name what is left behind */
  async recordNew(exchange: Exchange, told: readonly ToldResource[]): Promise<void> {
    const { subject } = exchange.route;
    const made = subject.kind === 'creation' ? subject.of : undefined;
    const rows = this.rows(exchange, callerOf(exchange), told);
    await this.orReport(exchange, told, async () => {
      // What an answer merely mentions stays whose it is.
      const chosen = rows.filter(({ kind }) => kind === made && CHOSEN_NAMES.has(kind));
      if (chosen.length > 0) await this.owners.replace(chosen);
      if (chosen.length < rows.length) await this.owners.record(rows.filter((row) => !chosen.includes(row)));
    });
  }

  /** What comes of a thing belongs to whom the thing belongs to. @throws Fault ownership_unavailable */
  async recordRevealed(exchange: Exchange, told: readonly ToldResource[]): Promise<void> {
    const owner = exchange.claims?.owner ?? callerOf(exchange);
    await this.orReport(exchange, told, async () => {
      const unrecorded = await this.unrecorded(owner, projectOf(exchange), told);
      if (unrecorded.length > 0) await this.owners.record(this.rows(exchange, owner, unrecorded));
    });
  }

  /** What is not known as the client's own yet, or ends at another time than is known. */
  private async unrecorded(
    client: string,
    project: string,
    told: readonly ToldResource[],
  ): Promise<readonly ToldResource[]> {
    const unrecorded: ToldResource[] = [];
    for (const thing of told) {
      const owners = await this.owners.find(thing.resource.name, client);
      const own = owners.find((owner) => owner.client === client && owner.project === project);
      if (!own || (thing.expiresAtMs ?? own.expiresAtMs) !== own.expiresAtMs) unrecorded.push(thing);
    }
    return unrecorded;
  }

  private async tryToRecord(exchange: Exchange, things: readonly ToldResource[]): Promise<void> {
    try {
      const rows = this.rows(exchange, callerOf(exchange), things);
      await this.orReport(exchange, things, () => this.owners.record(rows));
    } catch {
      // It was reported.
    }
  }

  private async orReport(
    exchange: Exchange,
    things: readonly ToldResource[],
    write: () => Promise<void>,
  ): Promise<void> {
    try {
      await write();
    } catch (error) {
      const resources = things.map(({ resource }) => resource);
      this.lost.report(exchange, resources, error);
      throw error;
    }
  }

  private rows(exchange: Exchange, client: string, things: readonly ToldResource[]): ReturnType<typeof ownerRows> {
    const possession = { client, project: projectOf(exchange), model: exchange.model, things };
    return ownerRows(possession, this.clock.now());
  }
}

function callerOf({ principal }: Exchange): string {
  if (!principal) throw new Error('an answer is noted for nobody');
  return principal.id;
}

function projectOf({ key }: Exchange): string {
  if (!key) throw new Error('an answer is noted that no key brought');
  return key.project;
}
