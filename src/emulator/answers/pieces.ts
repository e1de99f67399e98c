import type { AnswerShape } from '../faults/answer-shape.js';

const DEFAULT_PIECES = 5;

/**
 * Cuts a text into the pieces of a stream: of `chunk_bytes` each (for ASCII), or `chunks` of about equal length. No
 * piece begins inside a character.
 */
export function piecesOf(text: string, shape: AnswerShape): readonly [string, ...string[]] {
  const wanted = Math.min(shape.chunks ?? DEFAULT_PIECES, Math.max(1, text.length));
  const size = shape.chunk_bytes ?? Math.ceil(text.length / wanted);
  const firstEnd = characterEnd(text, size);
  const rest: string[] = [];
  for (let start = firstEnd, end; start < text.length; start = end) {
    end = characterEnd(text, start + size);
    rest.push(text.slice(start, end));
  }
  return [text.slice(0, firstEnd), ...rest];
}

/** The index, moved behind a surrogate pair that it would cut. */
function characterEnd(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff ? index + 1 : index;
}
