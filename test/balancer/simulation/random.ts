/** Random numbers from 0 to 1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A number from `from` up to `to`. */
export function between(random: () => number, from: number, to: number): number {
  return from + random() * (to - from);
}

/** A time between events that come so often on average, without memory of each other. */
export function waitingTime(random: () => number, meanMs: number): number {
  return -Math.log(1 - random()) * meanMs;
}
