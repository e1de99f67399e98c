import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { pacificDay } from '../../kernel/gemini/pacific-midnight.js';
import { type BucketDelta, BucketUsageRepository } from '../../persistence/repositories/bucket-usage.repository.js';
import { Balancer } from '../balancer.service.js';
import type { Bucket, Spent } from '../quota/bucket.js';
import { LEARNED_TTL_MS } from '../quota/bucket.js';
import { WriteBehind } from './write-behind.js';

/** Names with other characters come from callers and cannot be models: they are not worth a row. */
const KEEPABLE = /^[\w.@-]{1,200}$/;

/** Days before this one are of no use: usage of the past is in the audit log. */
const KEPT_MS = 3 * 24 * 3_600_000;

/** Keeps day counts and learned limits in the database every second: a restart must not burn quota. */
@Injectable()
export class UsageKeeper implements OnModuleInit, OnModuleDestroy {
  private readonly writer: WriteBehind;
  private day = '';

  constructor(
    private readonly balancer: Balancer,
    private readonly rows: BucketUsageRepository,
    private readonly clock: Clock,
  ) {
    this.writer = new WriteBehind(clock, 'Day counts of quota', () => this.save());
    balancer.buckets.onSpent(() => {
      this.writer.mark();
    });
  }

  async onModuleInit(): Promise<void> {
    const nowMs = this.clock.now();
    const known = await this.writer.load(() =>
      Promise.all([this.rows.load(pacificDay(nowMs)), this.rows.latestLearned(nowMs - LEARNED_TTL_MS)]),
    );
    const [used, learned] = known ?? [[], []];
    for (const { project, model, requests } of used) this.served(project, model).restore(requests, nowMs);
    for (const {
      project,
      model,
      learned: { learnedAtMs, ...limits },
    } of learned) {
      this.served(project, model).learn(limits, learnedAtMs);
    }
  }

  onModuleDestroy(): Promise<void> {
    return this.writer.stop();
  }

  private served(project: string, model: string): Bucket {
    const { buckets } = this.balancer;
    const bucket = buckets.bucket(project, model, 'metered');
    buckets.prove(bucket, 'metered');
    return bucket;
  }

  private async save(): Promise<void> {
    const day = pacificDay(this.clock.now());
    const taken = [...this.balancer.buckets.served()]
      .filter(({ model }) => model !== undefined && KEEPABLE.test(model))
      .map((bucket) => [bucket, bucket.takeSpent()] as const)
      .filter(([, spent]) => spent !== undefined);
    try {
      await this.rows.add(taken.flatMap(([bucket, spent]) => deltaOf(bucket, spent, day)));
    } catch (error) {
      for (const [bucket, spent] of taken) if (spent) bucket.returnSpent(spent);
      throw error;
    }
    await this.tidy(day);
  }

  private async tidy(day: string): Promise<void> {
    if (day === this.day) return;
    this.day = day;
    await this.rows.removeBefore(pacificDay(this.clock.now() - KEPT_MS));
  }
}

function deltaOf({ project, model, learned }: Bucket, spent: Spent | undefined, day: string): BucketDelta[] {
  if (!spent || model === undefined) return [];
  const told = learned && { ...learned.limits, learnedAtMs: learned.atMs };
  return [{ project, model, day, requests: spent.requests, inputTokens: spent.inputTokens, learned: told }];
}
