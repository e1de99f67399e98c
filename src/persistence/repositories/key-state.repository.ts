import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Repository } from 'typeorm';
import { KeyStateEntity } from '../entities/key-state.entity.js';

const REMEMBERED_MS = 24 * 60 * 60 * 1_000;

/** A cool-down: why a scope rests, and until when. */
export interface KeyState {
  /** What rests: a key, a project, a billing account, a model, or a model in a project. */
  readonly scope: string;
  readonly kind: 'quota' | 'quarantine' | 'excluded';
  readonly reason: string;
  /** Null: no end. */
  readonly untilMs: number | null;
  /** How often it has had to rest in a row, from 1. */
  readonly trips: number;
  readonly updatedAtMs: number;
}

/** Rows are written in the order of their key, so that replicas that write at once cannot lock each other out. */
const SAVE = `
  INSERT INTO key_state AS kept (scope, kind, reason, until_at, trips, updated_at)
  SELECT scope, kind, reason, to_timestamp("untilMs" / 1000), trips, to_timestamp("updatedAtMs" / 1000)
  FROM json_to_recordset($1::json) AS given(
    scope text, kind text, reason text, "untilMs" numeric, trips integer, "updatedAtMs" numeric)
  ORDER BY scope
  ON CONFLICT (scope) DO UPDATE SET kind = EXCLUDED.kind, reason = EXCLUDED.reason, until_at = EXCLUDED.until_at,
    trips = EXCLUDED.trips, updated_at = EXCLUDED.updated_at
  WHERE kept.updated_at <= EXCLUDED.updated_at`;

/** The cool-downs of all replicas, one per scope. */
@Injectable()
export class KeyStateRepository {
  constructor(@InjectRepository(KeyStateEntity) private readonly rows: Repository<KeyStateEntity>) {}

  /** The scopes that rest, and those whose rest ended less than a day ago, so that their trips are remembered. */
  load(nowMs: number): Promise<KeyState[]> {
    return this.rows.find({
      where: [{ untilMs: IsNull() }, { untilMs: MoreThan(nowMs - REMEMBERED_MS) }],
      order: { scope: 'ASC' },
    });
  }

  /** Writes the states in one statement; an older state never replaces a newer one. */
  async save(states: readonly KeyState[]): Promise<void> {
    if (states.length === 0) return;
    const oldestFirst = states.toSorted((a, b) => a.updatedAtMs - b.updatedAtMs);
    const newest = new Map(oldestFirst.map((state) => [state.scope, state]));
    await this.rows.query(SAVE, [JSON.stringify([...newest.values()])]);
  }

  /** Removes the states of these scopes, as if they had never rested. */
  async remove(scopes: readonly string[]): Promise<void> {
    await this.rows.delete({ scope: In([...scopes]) });
  }
}
