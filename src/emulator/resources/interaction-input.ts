import type { Wish } from '../answers/answer.js';
import { modeOf, toDeclaration } from '../answers/function-calls.js';
import type { Prompt } from '../answers/prompt.js';
import { textTokens } from '../answers/prompt.js';
import type { ApiCall } from '../http/api-call.js';
import type { JsonObject } from '../json.js';
import { isObject, listOf, numberOf, objectOf, textOf } from '../json.js';
import { checkFileUri } from './references.js';

/** Reads `input`: a text, a content, or a list of contents or steps. Here everything is snake_case. */
export function interactionPrompt(body: JsonObject, historyTokens: number): Prompt {
  const system = textOf(body.system_instruction) ?? '';
  const nodes = [...walk(body.input)];
  const question =
    typeof body.input === 'string' ? body.input : nodes.flatMap(({ text }) => textOf(text) ?? []).join(' ');
  const text = `${system}\n${question}`;
  return {
    text,
    question,
    tokens: Math.max(1, textTokens(text.length - 1) + historyTokens),
    answersCall: nodes.some(({ type }) => type === 'function_result'),
  };
}

/** Tools and length of an interaction. */
export function interactionWish(body: JsonObject): Wish {
  const config = objectOf(body.generation_config);
  const tools = listOf(body.tools).map(objectOf);
  return {
    functions: tools.filter(({ type }) => type === 'function').map(toDeclaration),
    mode: modeOf(textOf(config.tool_choice ?? body.tool_choice)),
    maxTokens: numberOf(config.max_output_tokens),
  };
}

/** Throws ApiError unless every file that the input names belongs to the project. */
export function checkInteractionInput(call: ApiCall): void {
  for (const { uri } of walk(call.body.input)) {
    if (typeof uri === 'string') checkFileUri(call.world, call.project, uri);
  }
}

function* walk(value: unknown): Generator<JsonObject> {
  if (Array.isArray(value)) for (const item of value as unknown[]) yield* walk(item);
  if (!isObject(value)) return;
  yield value;
  yield* walk(value.content);
}
