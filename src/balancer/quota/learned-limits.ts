import { type Dimension, DIMENSIONS, type Limits } from './limits.js';

/** What Google said of a limit is believed this long: tiers change, and only a refusal tells the new one. */
export const LEARNED_TTL_MS = 24 * 3_600_000;

/** Limits that refusals told. */
export interface ToldLimits {
  readonly limits: Limits;
  /** Epoch milliseconds of the refusal that told the oldest of them. */
  readonly atMs: number;
}

/** The limits of a bucket that refusals told: each is believed from when it was told last. */
export class LearnedLimits {
  private readonly byDimension = new Map<Dimension, { readonly limit: number; readonly atMs: number }>();
  private summary: ToldLimits | undefined;
  private staleAt = Infinity;

  /** What is believed; undefined when it is nothing. */
  get told(): ToldLimits | undefined {
    return this.summary;
  }

  /** Epoch milliseconds from which the oldest is not believed any more: one number, since every choice of a key asks. */
  get staleAtMs(): number {
    return this.staleAt;
  }

  learn(limits: Limits, atMs: number): void {
    for (const dimension of DIMENSIONS) {
      const limit = limits[dimension];
      if (limit !== undefined) this.byDimension.set(dimension, { limit, atMs });
    }
    this.sumUp();
  }

  /** Forgets what was told too long ago. */
  forgetStale(nowMs: number): void {
    for (const [dimension, { atMs }] of this.byDimension) {
      if (nowMs - atMs >= LEARNED_TTL_MS) this.byDimension.delete(dimension);
    }
    this.sumUp();
  }

  private sumUp(): void {
    const told = [...this.byDimension];
    const atMs = Math.min(...told.map(([, one]) => one.atMs));
    const limits = Object.fromEntries(told.map(([dimension, { limit }]) => [dimension, limit]));
    this.summary = told.length > 0 ? { limits, atMs } : undefined;
    this.staleAt = atMs + LEARNED_TTL_MS;
  }
}
