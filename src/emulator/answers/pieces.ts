import type { AnswerShape } from '../faults/answer-shape.js';

const DEFAULT_PIECES = 5;

/** Cuts a text into the pieces of a stream: of `chunk_bytes` characters, or `chunks` of about equal length. */
export function piecesOf(text: string, shape: AnswerShape): readonly [string, ...string[]] {
  const characters = Array.from(text);
  const wanted = Math.min(shape.chunks ?? DEFAULT_PIECES, Math.max(1, characters.length));
  const size = shape.chunk_bytes ?? Math.ceil(characters.length / wanted);
  const first = characters.slice(0, size).join('');
  const rest: string[] = [];
  for (let start = size; start < characters.length; start += size) {
    rest.push(characters.slice(start, start + size).join(''));
  }
  return [first, ...rest];
}
