import type { Answer } from '../answers/answer.js';
import type { Generation } from '../answers/generation.js';
import { generate, servedModel } from '../answers/generation.js';
import { piecesOf } from '../answers/pieces.js';
import type { Usage } from '../answers/usage.js';
import { totalTokens } from '../answers/usage.js';
import { invalidArgument } from '../errors/google-error.js';
import type { AnswerShape } from '../faults/answer-shape.js';
import type { ApiCall } from '../http/api-call.js';
import type { Charge } from '../http/call-context.js';
import { sendStream } from '../http/event-stream.js';
import { OPENAI_FRAMING } from '../http/framing.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { listOf, objectOf } from '../json.js';
import { cacheInUse, cachedTokensOf } from './caches.js';
import { openaiModel, openaiPrompt, openaiWish } from './openai-prompt.js';

export const openaiChatRoutes: readonly Route[] = [
  { method: 'POST', path: 'openai/chat/completions', dialect: 'openai', charge, handle: complete },
];

function charge(call: ApiCall): Charge {
  const model = servedModel(call, openaiModel(call.body), 'generateContent').name;
  if (listOf(call.body.messages).length === 0) throw invalidArgument('Request must contain at least one message.');
  const prompt = openaiPrompt(call.body);
  return { model, inputTokens: prompt.tokens + cachedTokensOf(call.project, googleExtras(call.body)), prompt };
}

function complete(call: ApiCall): Promise<void> {
  const { body } = call;
  const cache = cacheInUse(call.project, call.charge.model, googleExtras(body));
  const prompt = call.charge.prompt ?? openaiPrompt(body);
  const generation = generate(call, prompt, openaiWish(body), true, cache?.tokens);
  const frame = { id: generation.id, created: Math.floor(call.world.clock.now() / 1000), model: openaiModel(body) };
  if (body.stream !== true) return call.json(completionJson(generation, frame));
  const wantsUsage = objectOf(body.stream_options).include_usage === true;
  return sendStream(call, OPENAI_FRAMING, chunksOf(generation, frame, call.shape, wantsUsage));
}

/** What Google adds to OpenAI's request: `extra_body.google`. */
function googleExtras(body: JsonObject): JsonObject {
  return objectOf(objectOf(body.extra_body).google);
}

interface Frame {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

function completionJson(generation: Generation, frame: Frame): JsonObject {
  const message = { role: 'assistant', ...deltaOf(generation.answer, generation.id) };
  return {
    choices: [{ finish_reason: finishOf(generation.answer), index: 0, message }],
    ...frame,
    object: 'chat.completion',
    usage: usageJson(generation.usage),
  };
}

function* chunksOf(
  { answer, usage, id }: Generation,
  frame: Frame,
  shape: AnswerShape,
  wantsUsage: boolean,
): Generator<JsonObject> {
  const object = 'chat.completion.chunk';
  const deltas =
    answer.kind === 'text' ? piecesOf(answer.text, shape).map((content) => ({ content })) : [deltaOf(answer, id, 0)];
  for (const [position, delta] of deltas.entries()) {
    const isLast = position === deltas.length - 1;
    const choice = {
      delta: { role: 'assistant', ...delta },
      index: 0,
      ...(isLast && { finish_reason: finishOf(answer) }),
    };
    yield { choices: [choice], ...frame, object };
  }
  if (wantsUsage) yield { choices: [], ...frame, object, usage: usageJson(usage) };
}

function deltaOf(answer: Answer, id: string, index?: number): JsonObject {
  switch (answer.kind) {
    case 'text':
      return { content: answer.text };
    case 'call': {
      const call = { name: answer.name, arguments: JSON.stringify(answer.args) };
      return {
        tool_calls: [
          { ...(index !== undefined && { index }), id: `function-call-${id}`, type: 'function', function: call },
        ],
      };
    }
    case 'media':
      return { content: answer.data };
    case 'blocked':
      return {};
  }
}

const FINISH: Readonly<Record<string, string | null>> = { STOP: 'stop', MAX_TOKENS: 'length', none: null };

function finishOf(answer: Answer): string | null {
  if (answer.kind === 'call') return 'tool_calls';
  if (answer.kind === 'media') return 'stop';
  return (answer.kind === 'text' ? FINISH[answer.finish] : undefined) ?? 'content_filter';
}

/** Thoughts are in the total, but not in completion_tokens. */
function usageJson(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: usage.answer,
    total_tokens: totalTokens(usage),
    ...(usage.cached > 0 && { prompt_tokens_details: { cached_tokens: usage.cached } }),
  };
}
