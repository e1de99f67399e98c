import type { ProxyConfig } from '../../config/schema.js';
import type { Lane } from '../lease.js';
import { Bucket } from './bucket.js';
import { configuredLimits, type KnownLimits } from './limits.js';

/** Names of models come from callers: beyond this many buckets, the one that was made first is forgotten. */
const BUCKETS_MAX = 10_000;

const UNLIMITED: KnownLimits = { own: {}, tier: {} };

/** Every bucket that calls have met, kept across changes of the configuration. */
export class BucketBook {
  private readonly byName = new Map<string, Bucket>();

  private spentListener: () => void = () => undefined;

  constructor(private gemini: ProxyConfig['gemini']) {}

  /** The bucket of a project, model and lane. Reads and batches have none of the model's limits (wire facts E). */
  bucket(project: string, model: string | undefined, lane: Lane): Bucket {
    const name = `${lane}:${project}/${model ?? ''}`;
    const known = this.byName.get(name);
    if (known) return known;
    const [oldest] = this.byName.keys();
    if (this.byName.size >= BUCKETS_MAX && oldest !== undefined) this.byName.delete(oldest);
    const bucket = lane === 'metered' ? this.meteredBucket(project, model) : new Bucket(project, model, UNLIMITED);
    this.byName.set(name, bucket);
    return bucket;
  }

  /** Calls `listener` when a metered bucket was spent from. */
  onSpent(listener: () => void): void {
    this.spentListener = listener;
  }

  /** Takes over a changed configuration. */
  configure(gemini: ProxyConfig['gemini']): void {
    this.gemini = gemini;
    for (const [name, bucket] of this.byName) {
      if (name.startsWith('metered:')) bucket.configure(configuredLimits(gemini, bucket.project, bucket.model));
    }
  }

  /** The buckets of metered calls, of one project or all. */
  *metered(project?: string): Iterable<Bucket> {
    for (const [name, bucket] of this.byName) {
      if (name.startsWith('metered:') && (project === undefined || bucket.project === project)) yield bucket;
    }
  }

  private meteredBucket(project: string, model: string | undefined): Bucket {
    return new Bucket(project, model, configuredLimits(this.gemini, project, model), () => {
      this.spentListener();
    });
  }
}
