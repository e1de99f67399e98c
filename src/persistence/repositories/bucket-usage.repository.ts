import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { BucketUsageEntity, type LearnedQuota } from '../entities/bucket-usage.entity.js';

export type { LearnedQuota };

/** What a model has used of a project's quota on one day. */
export interface BucketUsage {
  readonly project: string;
  readonly model: string;
  /** The calendar day in Pacific time, as YYYY-MM-DD. */
  readonly day: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly learned: LearnedQuota | null;
  readonly updatedAtMs: number;
}

/** What is to be added to a day; the counts may be negative, when an estimate was too high. */
export type BucketDelta = Pick<BucketUsage, 'project' | 'model' | 'day' | 'requests' | 'inputTokens'> & {
  /** Replaces what was learned before. */
  readonly learned?: LearnedQuota;
};

/** What was learned last about a model in a project. */
export type LearnedBucket = Pick<BucketUsage, 'project' | 'model'> & { readonly learned: LearnedQuota };

/** Rows are written in the order of their key, so that replicas that write at once cannot lock each other out. */
const ADD = `
  INSERT INTO bucket_usage AS kept (project, model, day, requests, input_tokens, learned)
  SELECT project, model, day, sum(requests), sum("inputTokens"),
    (array_agg(learned ORDER BY position DESC) FILTER (WHERE learned IS NOT NULL))[1]
  FROM ROWS FROM (json_to_recordset($1::json) AS (
    project text, model text, day date, requests bigint, "inputTokens" bigint, learned json))
    WITH ORDINALITY AS given(project, model, day, requests, "inputTokens", learned, position)
  GROUP BY project, model, day
  ORDER BY project, model, day
  ON CONFLICT (project, model, day) DO UPDATE SET requests = kept.requests + EXCLUDED.requests,
    input_tokens = kept.input_tokens + EXCLUDED.input_tokens,
    learned = COALESCE(EXCLUDED.learned, kept.learned), updated_at = clock_timestamp()`;

const LATEST_LEARNED = `
  SELECT DISTINCT ON (project, model) project, model, learned
  FROM bucket_usage WHERE (learned ->> 'learnedAtMs')::numeric >= $1
  ORDER BY project, model, (learned ->> 'learnedAtMs')::numeric DESC`;

/** The day counts of project × model, summed over all replicas. */
@Injectable()
export class BucketUsageRepository {
  constructor(@InjectRepository(BucketUsageEntity) private readonly rows: Repository<BucketUsageEntity>) {}

  /** The counts of one Pacific day. */
  load(day: string): Promise<BucketUsage[]> {
    return this.rows.find({ where: { day }, order: { project: 'ASC', model: 'ASC' } });
  }

  /** Per project and model what was learned last, on whatever day, if that is not before `sinceMs`. */
  latestLearned(sinceMs: number): Promise<LearnedBucket[]> {
    return this.rows.query<LearnedBucket[]>(LATEST_LEARNED, [sinceMs]);
  }

  /** Adds to the counts in one statement; several replicas may add to the same day at once. */
  async add(deltas: readonly BucketDelta[]): Promise<void> {
    if (deltas.length > 0) await this.rows.query(ADD, [JSON.stringify(deltas)]);
  }

  /** Removes the days before this one and returns how many rows went. */
  async removeBefore(day: string): Promise<number> {
    const { affected } = await this.rows.delete({ day: LessThan(day) });
    return affected ?? 0;
  }
}
