import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, LessThan, Repository } from 'typeorm';
import { WeightChangeEntity } from '../entities/weight-change.entity.js';
import { WeightPresetEntity } from '../entities/weight-preset.entity.js';

/** Weights under a name, to be applied as a whole. */
export interface WeightPreset {
  readonly name: string;
  readonly description: string;
  /** Weight by key. */
  readonly weights: Readonly<Record<string, number>>;
  /** The strategy that goes with the weights; null: the configured one. */
  readonly strategy: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
}

/** What an operator says of a preset. */
export type WeightPresetContent = Pick<WeightPreset, 'description' | 'weights' | 'strategy'>;

/** One line of the history of presets. */
export interface WeightChange {
  readonly id: number;
  readonly atMs: number;
  readonly actor: string;
  readonly action: 'apply' | 'clear' | 'create' | 'update' | 'delete';
  readonly preset: string | null;
  /** As they were after the change; of a deleted preset, as they were before it. */
  readonly weights: Readonly<Record<string, number>>;
  readonly strategy: string | null;
}

/** The presets of operators, and the history of all that was done with presets; a change and its line come together. */
@Injectable()
export class WeightPresetRepository {
  constructor(@InjectRepository(WeightPresetEntity) private readonly rows: Repository<WeightPresetEntity>) {}

  /** All presets, by name. */
  list(): Promise<WeightPreset[]> {
    return this.rows.find({ order: { name: 'ASC' } });
  }

  async get(name: string): Promise<WeightPreset | undefined> {
    return (await this.rows.findOneBy({ name })) ?? undefined;
  }

  /** The new preset; undefined, and nothing changes, when there is one of this name. */
  create(name: string, content: WeightPresetContent, actor: string): Promise<WeightPreset | undefined> {
    return this.rows.manager.transaction(async (manager) => {
      const insert = manager.createQueryBuilder().insert().into(WeightPresetEntity);
      const inserted = await insert
        .values({ name, ...contentOf(content), updatedBy: actor })
        .orIgnore()
        .returning('name')
        .execute();
      if ((inserted.raw as unknown[]).length === 0) return undefined;
      await addLine(manager, { ...contentOf(content), actor, action: 'create', preset: name });
      return manager.findOneByOrFail(WeightPresetEntity, { name });
    });
  }

  /** The preset with its new content; undefined when there is none of this name. */
  update(name: string, content: WeightPresetContent, actor: string): Promise<WeightPreset | undefined> {
    return this.rows.manager.transaction(async (manager) => {
      const next = { ...contentOf(content), updatedBy: actor, updatedAtMs: () => 'clock_timestamp()' };
      const { affected } = await manager.update(WeightPresetEntity, { name }, next);
      if (affected !== 1) return undefined;
      await addLine(manager, { ...contentOf(content), actor, action: 'update', preset: name });
      return manager.findOneByOrFail(WeightPresetEntity, { name });
    });
  }

  /** Removes the preset; false when there is none of this name. */
  remove(name: string, actor: string): Promise<boolean> {
    return this.rows.manager.transaction(async (manager) => {
      const [removed] = await manager.query<[WeightPresetContent[], number]>(
        'DELETE FROM weight_preset WHERE name = $1 RETURNING description, weights, strategy',
        [name],
      );
      for (const content of removed) {
        await addLine(manager, { ...content, actor, action: 'delete', preset: name });
      }
      return removed.length === 1;
    });
  }

  /** Adds a line to the history, for what changes no preset: applying one, or clearing it. */
  async record(change: Omit<WeightChange, 'id' | 'atMs'>): Promise<void> {
    await addLine(this.rows.manager, change);
  }

  /** The newest lines first, older than `beforeId` when it is given. */
  history({ limit, beforeId }: { readonly limit: number; readonly beforeId?: number }): Promise<WeightChange[]> {
    const where = beforeId === undefined ? {} : { id: LessThan(beforeId) };
    return this.rows.manager.find(WeightChangeEntity, { where, order: { id: 'DESC' }, take: limit });
  }

  /** The newest line that applied a preset or cleared it: what is in force. */
  async latestApplied(): Promise<WeightChange | undefined> {
    const [line] = await this.rows.manager.find(WeightChangeEntity, {
      where: { action: In(['apply', 'clear']) },
      order: { id: 'DESC' },
      take: 1,
    });
    return line;
  }
}

function contentOf({ description, weights, strategy }: WeightPresetContent): WeightPresetContent {
  return { description, weights, strategy };
}

async function addLine(manager: EntityManager, change: Omit<WeightChange, 'id' | 'atMs'>): Promise<void> {
  const { actor, action, preset, weights, strategy } = change;
  await manager.insert(WeightChangeEntity, { actor, action, preset, weights, strategy });
}
