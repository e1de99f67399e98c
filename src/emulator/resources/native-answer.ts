import type { Answer } from '../answers/answer.js';
import type { Generation } from '../answers/generation.js';
import { nativeUsage } from '../answers/usage.js';
import type { JsonObject } from '../json.js';

/** A GenerateContentResponse with the whole answer. */
export function nativeAnswer(generation: Generation): JsonObject {
  const { answer, usage, model, id } = generation;
  return {
    ...candidateOf(answer),
    usageMetadata: nativeUsage(usage),
    modelVersion: model,
    responseId: id,
  };
}

/** Marks a part that must be sent back unchanged with the next turn. */
const SIGNATURE = Buffer.from('signature of a thought').toString('base64');

/** The parts that an answer is made of. */
export function answerParts(answer: Answer): readonly JsonObject[] {
  switch (answer.kind) {
    case 'text':
      return [{ text: answer.text }];
    case 'call':
      return [{ functionCall: { name: answer.name, args: answer.args }, thoughtSignature: SIGNATURE }];
    case 'media':
      return [{ inlineData: { mimeType: answer.mimeType, data: answer.data } }];
    case 'blocked':
      return [];
  }
}

/** `finishReason` of an answer; absent when the scenario wants it so. */
export function finishOf(answer: Answer): JsonObject {
  const finish = answer.kind === 'text' ? answer.finish : 'STOP';
  return finish === 'none' ? {} : { finishReason: finish };
}

function candidateOf(answer: Answer): JsonObject {
  if (answer.kind === 'blocked') return { promptFeedback: { blockReason: answer.reason } };
  return { candidates: [{ content: { parts: answerParts(answer), role: 'model' }, ...finishOf(answer), index: 0 }] };
}
