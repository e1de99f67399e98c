import type { Generation } from '../answers/generation.js';
import { piecesOf } from '../answers/pieces.js';
import { nativeUsage } from '../answers/usage.js';
import type { ApiCall } from '../http/api-call.js';
import { sendStream } from '../http/event-stream.js';
import { ARRAY_FRAMING, SSE_FRAMING } from '../http/framing.js';
import { isSse } from '../http/target.js';
import type { AnswerShape } from '../faults/answer-shape.js';
import type { JsonObject } from '../json.js';
import { answerParts, finishOf, nativeAnswer } from './native-answer.js';

/** Answers as SSE (`alt=sse`), or as one JSON array that grows. */
export function streamGenerateContent(call: ApiCall, generation: Generation): Promise<void> {
  const framing = isSse(call.query) ? SSE_FRAMING : ARRAY_FRAMING;
  return sendStream(call, framing, nativeChunks(generation, call.shape));
}

/** The chunks of an answer, each with cumulative usage; only the last has a finishReason. */
export function* nativeChunks(generation: Generation, shape: AnswerShape): Generator<JsonObject> {
  const { answer, usage, model, id } = generation;
  if (answer.kind !== 'text') {
    yield nativeAnswer(generation);
    return;
  }
  const pieces = piecesOf(answer.text, shape);
  for (const [index, text] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    const soFar = isLast ? usage.answer : Math.floor((usage.answer * (index + 1)) / pieces.length);
    const parts = answerParts({ ...answer, text });
    yield {
      candidates: [{ content: { parts, role: 'model' }, ...(isLast && finishOf(answer)), index: 0 }],
      usageMetadata: nativeUsage({ ...usage, answer: soFar }),
      modelVersion: model,
      responseId: id,
    };
  }
}
