import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Not, Repository } from 'typeorm';
import { JobIntentEntity } from '../entities/job-intent.entity.js';

/** Who means to do which work: a job is done once per period, whichever replica does it. */
export interface JobClaim {
  readonly job: string;
  /** Whatever the work is done once for, such as a day or a key. */
  readonly period: string;
  readonly replica: string;
}

/** Work that was begun, and how it ended. */
export interface JobIntent extends JobClaim {
  readonly state: 'begun' | 'done' | 'failed';
  readonly begunAtMs: number;
  readonly endedAtMs: number | null;
  /** What the last end of it left for those who look, or try again. */
  readonly detail: unknown;
}

/** How the work ended. */
export interface JobOutcome {
  readonly state: 'done' | 'failed';
  readonly atMs: number;
  /** Any JSON; without it, the one of an earlier attempt stays. */
  readonly detail?: unknown;
}

const BEGIN = `
  INSERT INTO job_intent AS kept (job, period, replica, state, begun_at) VALUES ($1, $2, $3, 'begun', $4)
  ON CONFLICT (job, period) DO UPDATE SET replica = EXCLUDED.replica, state = 'begun', begun_at = EXCLUDED.begun_at,
    ended_at = NULL
  WHERE kept.state = 'failed' OR (kept.state = 'begun' AND kept.begun_at <= $5)
  RETURNING job`;

/** Only the replica that holds the intent ends it: one that was given up for dead must not speak for its successor. */
const END = `
  UPDATE job_intent SET state = $4, ended_at = $5, detail = COALESCE($6::json, detail)
  WHERE job = $1 AND period = $2 AND replica = $3 AND state = 'begun'`;

/** The once-only work of all replicas. */
@Injectable()
export class JobIntentRepository {
  constructor(@InjectRepository(JobIntentEntity) private readonly rows: Repository<JobIntentEntity>) {}

  /**
   * True when the replica may do the work, and of several that ask at once only one may: it was never begun, it failed,
   * or whoever began it at least `staleMs` ago has not ended it.
   */
  async begin(claim: JobClaim, time: { readonly nowMs: number; readonly staleMs: number }): Promise<boolean> {
    const staleAt = new Date(time.nowMs - time.staleMs);
    const given = [claim.job, claim.period, claim.replica, new Date(time.nowMs), staleAt];
    return (await this.rows.query<unknown[]>(BEGIN, given)).length === 1;
  }

  /** Ends the work that the replica began; false, and nothing changes, when another has taken it over since. */
  async end(claim: JobClaim, outcome: JobOutcome): Promise<boolean> {
    const detail = outcome.detail === undefined ? null : JSON.stringify(outcome.detail);
    const given = [claim.job, claim.period, claim.replica, outcome.state, new Date(outcome.atMs), detail];
    const [, ended] = await this.rows.query<[unknown, number]>(END, given);
    return ended === 1;
  }

  /** The job's work that is going on, was left or failed, the oldest first. */
  unfinished(job: string): Promise<JobIntent[]> {
    return this.rows.find({ where: { job, state: Not('done') }, order: { begunAtMs: 'ASC', period: 'ASC' } });
  }
}
