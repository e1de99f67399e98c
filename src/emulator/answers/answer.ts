import type { AnswerShape } from '../faults/answer-shape.js';
import type { Model } from '../world/model-catalogue.js';
import type { FunctionWish } from './function-calls.js';
import { functionCall } from './function-calls.js';
import type { Prompt } from './prompt.js';
import { textTokens } from './prompt.js';
import { sampleOf } from './schema-sample.js';
import { fillText, writeText } from './words.js';

/** What a model says. */
export type Answer =
  | { readonly kind: 'text'; readonly text: string; readonly finish: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly kind: 'media'; readonly mimeType: string; readonly data: string }
  | { readonly kind: 'blocked'; readonly reason: string };

/** What a caller asks for beyond the prompt. */
export interface Wish extends FunctionWish {
  /** The JSON schema the answer must satisfy; JSON is asked for when present. */
  readonly schema?: unknown;
  readonly maxTokens?: number;
}

const ONE_PIXEL_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The answer to a prompt; it follows from prompt, wish, shape and seed alone. */
export function answerTo(prompt: Prompt, wish: Wish, model: Model, shape: AnswerShape, seed: number): Answer {
  if (shape.block_reason !== undefined) return { kind: 'blocked', reason: shape.block_reason };
  const isScripted = shape.text !== undefined || shape.answer_bytes !== undefined;
  const special = isScripted ? undefined : (callFor(prompt, wish) ?? mediaOf(model));
  return special ?? cut(textOf(prompt, wish, shape, seed), wish.maxTokens, shape.finish_reason ?? 'STOP');
}

function callFor(prompt: Prompt, wish: Wish): Answer | undefined {
  const call = prompt.answersCall ? undefined : functionCall(prompt.question, wish);
  return call === undefined ? undefined : { kind: 'call', ...call };
}

function mediaOf({ name }: Model): Answer | undefined {
  if (name.endsWith('-image')) return { kind: 'media', mimeType: 'image/png', data: ONE_PIXEL_PNG };
  const speech = 'audio/L16;codec=pcm;rate=24000';
  return name.endsWith('-tts') ? { kind: 'media', mimeType: speech, data: silence(480) } : undefined;
}

/** Tokens of the answer itself, without thoughts. */
export function answerTokens(answer: Answer): number {
  switch (answer.kind) {
    case 'text':
      return textTokens(answer.text.length);
    case 'call':
      return 5 + textTokens(JSON.stringify(answer.args).length);
    case 'media':
      return 1120;
    case 'blocked':
      return 0;
  }
}

/** Base64 of 16-bit silence. */
export function silence(samples: number): string {
  return Buffer.alloc(samples * 2).toString('base64');
}

function textOf(prompt: Prompt, wish: Wish, shape: AnswerShape, seed: number): string {
  if (shape.text !== undefined) return shape.text;
  if (shape.answer_bytes !== undefined) return fillText(shape.answer_bytes);
  if (wish.schema !== undefined) return JSON.stringify(sampleOf(wish.schema, prompt.question));
  return writeText(prompt.question, seed);
}

function cut(text: string, maxTokens: number | undefined, finish: string): Answer {
  if (maxTokens === undefined || textTokens(text.length) <= maxTokens) return { kind: 'text', text, finish };
  return { kind: 'text', text: text.slice(0, maxTokens * 4), finish: 'MAX_TOKENS' };
}
