import { ApiError } from '../errors/google-error.js';
import { quotaError } from '../errors/quota-error.js';
import type { Violation } from '../errors/quota-error.js';
import type { Quota, Quotas, Tier } from '../scenario/scenario.schema.js';
import { msUntilPacificMidnight, pacificDay } from './pacific-day.js';

const MINUTE_MS = 60_000;

interface Bucket {
  readonly quota: Quota | undefined;
  minuteStart: number;
  requests: number;
  tokens: number;
  day: string;
  dayRequests: number;
}

/** What one project has used, by model. Refused requests are not counted; failed ones are. */
export class QuotaBook {
  private readonly buckets = new Map<string, Bucket>();
  private readonly patterns: readonly (readonly [RegExp, Quota])[];

  constructor(
    private readonly tier: Tier,
    quotas: Quotas,
  ) {
    this.patterns = Object.entries(quotas).map(([pattern, quota]) => [wildcard(pattern), quota] as const);
  }

  /** Counts a request; throws ApiError (429) when a limit is spent. */
  admit(model: string, tokens: number, nowMs: number): void {
    if (this.patterns.length === 0) return;
    const bucket = this.bucketOf(model);
    if (bucket.quota === undefined) return;
    turnPages(bucket, nowMs);
    const [first, ...rest] = violationsOf(bucket, bucket.quota, tokens, nowMs);
    if (first !== undefined) throw new ApiError(quotaError(this.tier, model, [first, ...rest]));
    bucket.requests += 1;
    bucket.tokens += tokens;
    bucket.dayRequests += 1;
  }

  private bucketOf(model: string): Bucket {
    let bucket = this.buckets.get(model);
    if (bucket === undefined) {
      const quota = this.patterns.find(([pattern]) => pattern.test(model))?.[1];
      bucket = { quota, minuteStart: -Infinity, requests: 0, tokens: 0, day: '', dayRequests: 0 };
      this.buckets.set(model, bucket);
    }
    return bucket;
  }
}

function turnPages(bucket: Bucket, nowMs: number): void {
  if (nowMs - bucket.minuteStart >= MINUTE_MS) {
    bucket.minuteStart = nowMs;
    bucket.requests = 0;
    bucket.tokens = 0;
  }
  if (bucket.quota?.rpd === undefined) return;
  const day = pacificDay(nowMs);
  if (day === bucket.day) return;
  bucket.day = day;
  bucket.dayRequests = 0;
}

function violationsOf(bucket: Bucket, quota: Quota, tokens: number, nowMs: number): Violation[] {
  const minuteSeconds = (bucket.minuteStart + MINUTE_MS - nowMs) / 1000;
  const violations: Violation[] = [];
  if (quota.rpm !== undefined && bucket.requests + 1 > quota.rpm) {
    violations.push({ dimension: 'rpm', limit: quota.rpm, waitSeconds: minuteSeconds });
  }
  if (quota.tpm !== undefined && bucket.tokens + tokens > quota.tpm) {
    violations.push({ dimension: 'tpm', limit: quota.tpm, waitSeconds: minuteSeconds });
  }
  if (quota.rpd !== undefined && bucket.dayRequests + 1 > quota.rpd) {
    violations.push({ dimension: 'rpd', limit: quota.rpd, waitSeconds: msUntilPacificMidnight(nowMs) / 1000 });
  }
  return violations;
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`);
}
