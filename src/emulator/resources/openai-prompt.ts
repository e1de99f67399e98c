import type { Wish } from '../answers/answer.js';
import { modeOf, toDeclaration } from '../answers/function-calls.js';
import type { Prompt } from '../answers/prompt.js';
import { textTokens } from '../answers/prompt.js';
import type { JsonObject } from '../json.js';
import { isObject, listOf, numberOf, objectOf, textOf } from '../json.js';

const IMAGE_TOKENS = 1120;

/** Reads the messages of a chat completion. */
export function openaiPrompt(body: JsonObject): Prompt {
  const messages = listOf(body.messages).map(objectOf);
  const text = messages.map(textOfMessage).join('\n');
  const images = messages
    .flatMap(({ content }) => listOf(content))
    .filter((part) => objectOf(part).type === 'image_url');
  return {
    text,
    question: textOfMessage(messages.at(-1) ?? {}),
    tokens: Math.max(1, textTokens(text.length) + images.length * IMAGE_TOKENS),
    answersCall: messages.at(-1)?.role === 'tool',
  };
}

/** Tools, forced calls, JSON and length of a chat completion. */
export function openaiWish(body: JsonObject): Wish {
  const functions = listOf(body.tools).map((tool) => toDeclaration(objectOf(objectOf(tool).function)));
  const choice = body.tool_choice;
  const format = objectOf(body.response_format);
  const wantsJson = format.type === 'json_schema' || format.type === 'json_object';
  return {
    functions,
    mode: isObject(choice) ? 'any' : modeOf(textOf(choice)),
    ...(wantsJson && { schema: objectOf(format.json_schema).schema ?? { type: 'object' } }),
    maxTokens: numberOf(body.max_completion_tokens ?? body.max_tokens),
  };
}

/** The model's name, written with or without `models/`. */
export function openaiModel(body: JsonObject): string {
  return (textOf(body.model) ?? '').replace(/^models\//, '');
}

function textOfMessage({ content }: JsonObject): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map((part) => textOf(objectOf(part).text) ?? '')
    .join(' ');
}
