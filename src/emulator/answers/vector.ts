import { SeededRandom, hash } from '../world/seeded.js';

const DEFAULT_DIMENSIONS = 3072;

/** A unit vector that follows from text and seed: equal texts are equal, others are not. */
export function vectorOf(text: string, seed: number, dimensions = DEFAULT_DIMENSIONS): number[] {
  const random = new SeededRandom(hash(text, seed));
  const values = Array.from({ length: dimensions }, () => random.next() * 2 - 1);
  const length = Math.hypot(...values);
  return values.map((value) => Math.fround(value / length));
}
