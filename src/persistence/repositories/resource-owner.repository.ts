import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Repository } from 'typeorm';
import { ResourceOwnerEntity } from '../entities/resource-owner.entity.js';

/** Which client owns a thing that lives in a project at Google. */
export interface ResourceOwner {
  /** The name at Google, such as `files/abc`, or `tokens/<sha256>` for what is too long or secret to be a name. */
  readonly resource: string;
  readonly project: string;
  readonly client: string;
  /** The collection, such as `files` or `cachedContents`. */
  readonly kind: string;
  readonly model: string | null;
  readonly createdAtMs: number;
  /** From then on nobody owns it; null: no end. */
  readonly expiresAtMs: number | null;
}

/** Rows are written in the order of their key, so that replicas that write at once cannot lock each other out. */
const RECORD = `
  INSERT INTO resource_owner AS kept (resource, project, client, kind, model, created_at, expires_at)
  SELECT resource, project, client, kind, model,
    to_timestamp("createdAtMs" / 1000), to_timestamp("expiresAtMs" / 1000)
  FROM json_to_recordset($1::json) AS given(
    resource text, project text, client text, kind text, model text, "createdAtMs" numeric, "expiresAtMs" numeric)
  ORDER BY resource, project
  ON CONFLICT (resource, project) DO UPDATE SET client = EXCLUDED.client, kind = EXCLUDED.kind,
    model = EXCLUDED.model, created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
  WHERE kept.client = EXCLUDED.client OR kept.expires_at <= EXCLUDED.created_at`;

/** Another replica may be removing the same rows: it is not waited for. */
const REMOVE_EXPIRED = `
  DELETE FROM resource_owner WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM resource_owner WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))`;

/** Who owns what; the first client that a resource is recorded for keeps it until it expires or is forgotten. */
@Injectable()
export class ResourceOwnerRepository {
  constructor(@InjectRepository(ResourceOwnerEntity) private readonly rows: Repository<ResourceOwnerEntity>) {}

  /** The owners of a resource, one per project that has one of this name, without those that have expired. */
  find(resource: string, nowMs: number): Promise<ResourceOwner[]> {
    return this.rows.find({
      where: [
        { resource, expiresAtMs: IsNull() },
        { resource, expiresAtMs: MoreThan(nowMs) },
      ],
      order: { project: 'ASC' },
    });
  }

  /**
   * Writes the owners in one statement. A client's own row is replaced, and so is one that had expired when the new one
   * was created; another client's row stays as it is.
   */
  async record(owners: readonly ResourceOwner[]): Promise<void> {
    if (owners.length === 0) return;
    await this.rows.query(RECORD, [JSON.stringify(withoutRivals(owners))]);
  }

  /** Removes the owner; removing one that does not exist does nothing. */
  async forget(resource: string, project: string): Promise<void> {
    await this.rows.delete({ resource, project });
  }

  /** The projects where the client owns something of that kind, sorted. */
  async projectsOf(client: string, kind: string): Promise<string[]> {
    const rows = await this.rows.query<{ project: string }[]>(
      'SELECT DISTINCT project FROM resource_owner WHERE client = $1 AND kind = $2 ORDER BY project',
      [client, kind],
    );
    return rows.map(({ project }) => project);
  }

  /** Those of the resources that the client owns in the project, sorted. */
  async ownedAmong(client: string, project: string, resources: readonly string[]): Promise<string[]> {
    const rows = await this.rows.find({
      select: { resource: true },
      where: { resource: In([...resources]), project, client },
      order: { resource: 'ASC' },
    });
    return rows.map(({ resource }) => resource);
  }

  /** The clients that own anything, sorted, at most `limit` of them. */
  async clients(limit: number): Promise<string[]> {
    const rows = await this.rows.query<{ client: string }[]>(
      'SELECT DISTINCT client FROM resource_owner ORDER BY client LIMIT $1',
      [limit],
    );
    return rows.map(({ client }) => client);
  }

  /** Removes at most `limit` rows that have expired, the oldest first, and returns how many. */
  async removeExpired(nowMs: number, limit: number): Promise<number> {
    const [, removed] = await this.rows.query<[unknown, number]>(REMOVE_EXPIRED, [new Date(nowMs), limit]);
    return removed;
  }
}

/** One row per resource and project, as if they had been written one after the other. */
function withoutRivals(owners: readonly ResourceOwner[]): ResourceOwner[] {
  const kept = new Map<string, ResourceOwner>();
  for (const owner of owners) {
    const place = JSON.stringify([owner.resource, owner.project]);
    const before = kept.get(place);
    if (before === undefined || mayReplace(before, owner)) kept.set(place, owner);
  }
  return [...kept.values()];
}

function mayReplace(before: ResourceOwner, next: ResourceOwner): boolean {
  return before.client === next.client || (before.expiresAtMs ?? Infinity) <= next.createdAtMs;
}
