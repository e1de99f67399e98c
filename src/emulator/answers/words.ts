import { SeededRandom, hash } from '../world/seeded.js';

const WORDS =
  'the river carries light stone over quiet hills where every morning small boats leave for distant harbours and people count their bread before rain returns to green fields near old roads that nobody has walked since winter'.split(
    ' ',
  ) as [string, ...string[]];

/** An answer that quotes the beginning of the question and goes on with words that follow from it and the seed. */
export function writeText(question: string, seed: number): string {
  const quoted = question.trim().slice(0, 60);
  const random = new SeededRandom(hash(question, seed));
  const words = Array.from({ length: 24 }, () => random.pick(WORDS));
  return `You asked: "${quoted}". Here is my answer: ${words.join(' ')}.`;
}

/** Exactly that many bytes of words. */
export function fillText(bytes: number): string {
  const line = `${WORDS.join(' ')}\n`;
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
}
