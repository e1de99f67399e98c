import type { ProxyConfig } from '../../config/schema.js';
import type { Lane } from '../lease.js';
import { Bucket } from './bucket.js';
import { configuredLimits, type KnownLimits } from './limits.js';

/** Buckets of models that upstream has served; beyond, the one that was first is forgotten. */
const BUCKETS_MAX = 10_000;

/** Names of models come from callers: those that upstream never served are kept apart, and only so many. */
const UNPROVEN_MAX = 2_000;

const UNLIMITED: KnownLimits = { own: {}, tier: {} };

/** Every bucket that calls have met, kept across changes of the configuration. */
export class BucketBook {
  private readonly proven = new Map<string, Bucket>();
  private readonly unproven = new Map<string, Bucket>();

  private spentListener: () => void = () => undefined;

  constructor(private gemini: ProxyConfig['gemini']) {}

  /** The bucket of a project, model and lane. Reads and batches have none of the model's limits (wire facts E). */
  bucket(project: string, model: string | undefined, lane: Lane): Bucket {
    const name = nameOf(project, model, lane);
    const known = this.proven.get(name) ?? this.unproven.get(name);
    if (known) return known;
    const bucket = lane === 'metered' ? this.meteredBucket(project, model) : new Bucket(project, model, UNLIMITED);
    keep(this.unproven, name, bucket, UNPROVEN_MAX);
    return bucket;
  }

  /** Upstream served a call of the bucket, or told of its quota: its model exists. */
  prove(bucket: Bucket, lane: Lane): void {
    if (bucket.isProven) return;
    bucket.isProven = true;
    const name = nameOf(bucket.project, bucket.model, lane);
    // It may have been forgotten meanwhile, and another one put in its place.
    if (this.unproven.get(name) !== bucket) return;
    this.unproven.delete(name);
    keep(this.proven, name, bucket, BUCKETS_MAX);
    this.spentListener();
  }

  /** Calls `listener` when a metered bucket was spent from. */
  onSpent(listener: () => void): void {
    this.spentListener = listener;
  }

  /** Takes over a changed configuration. */
  configure(gemini: ProxyConfig['gemini']): void {
    this.gemini = gemini;
    for (const bucket of this.metered()) bucket.configure(configuredLimits(gemini, bucket.project, bucket.model));
  }

  /** The metered buckets of models that upstream has served. */
  *served(): Iterable<Bucket> {
    for (const [name, bucket] of this.proven) if (name.startsWith('metered:')) yield bucket;
  }

  /** The buckets of metered calls, of one project or all. */
  *metered(project?: string): Iterable<Bucket> {
    for (const [name, bucket] of [...this.proven, ...this.unproven]) {
      if (name.startsWith('metered:') && (project === undefined || bucket.project === project)) yield bucket;
    }
  }

  private meteredBucket(project: string, model: string | undefined): Bucket {
    return new Bucket(project, model, configuredLimits(this.gemini, project, model), () => {
      this.spentListener();
    });
  }
}

function nameOf(project: string, model: string | undefined, lane: Lane): string {
  return `${lane}:${project}/${model ?? ''}`;
}

function keep(buckets: Map<string, Bucket>, name: string, bucket: Bucket, max: number): void {
  const [oldest] = buckets.keys();
  if (buckets.size >= max && oldest !== undefined) buckets.delete(oldest);
  buckets.set(name, bucket);
}
