/** Bounds of a growing delay, in milliseconds. */
export interface BackoffLimits {
  readonly base: number;
  readonly max: number;
}

/**
 * The delay before try number `attempt` (1 is the first repetition): full jitter over a doubling ceiling, so that
 * callers that failed together do not come back together.
 */
export function fullJitterMs(limits: BackoffLimits, attempt: number, random: () => number = Math.random): number {
  return random() * ceilingMs(limits, attempt);
}

/** The doubling ceiling itself; for quarantines, which must not end early. */
export function ceilingMs({ base, max }: BackoffLimits, attempt: number): number {
  return Math.min(max, base * 2 ** Math.max(0, attempt - 1));
}
