import { generate } from '../answers/generation.js';
import { nativeFunctions } from '../answers/function-calls.js';
import { readPrompt } from '../answers/prompt.js';
import { ApiError, googleError } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { JsonObject } from '../json.js';
import { isObject, listOf, objectOf, read } from '../json.js';
import { embeddingOf } from './embeddings.js';
import { nativeAnswer } from './native-answer.js';
import { checkReferences } from './references.js';

/** What a batch does with each of its requests. */
export type BatchKind = 'generate' | 'embed';

/** One request of a batch: `key` in a file, `metadata` in a list. */
export interface BatchLine {
  readonly label: JsonObject;
  readonly request: JsonObject;
}

/** The requests of `inputConfig.requests.requests[]`. */
export function inlineLines(inputConfig: JsonObject): readonly BatchLine[] {
  return listOf(objectOf(inputConfig.requests).requests)
    .map(objectOf)
    .map(({ request, metadata }) => ({ label: isObject(metadata) ? { metadata } : {}, request: objectOf(request) }));
}

/** The requests of a JSONL file, one `{key, request}` a line; throws ApiError (400) at the first line that is none. */
export function fileLines(content: Buffer): readonly BatchLine[] {
  const lines = content
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    try {
      const { key, request } = objectOf(JSON.parse(line));
      return { label: { key }, request: objectOf(request) };
    } catch {
      throw new ApiError(googleError(400, `Invalid JSON in line ${index + 1} of the input file.`));
    }
  });
}

/** The result of one line: its label with `response` or `error`. A line that fails does not fail the batch. */
export function resultOf(call: ApiCall, kind: BatchKind, { label, request }: BatchLine): JsonObject {
  try {
    const response = kind === 'generate' ? generated(call, request) : { embedding: embeddingOf(call.world, request) };
    return { ...label, response };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, message, status } = error.error;
    return { ...label, error: { code, message, status } };
  }
}

function generated(call: ApiCall, request: JsonObject): JsonObject {
  checkReferences(call.world, call.project, request);
  const prompt = readPrompt(request);
  const config = objectOf(read(request, 'generationConfig'));
  call.charge = { model: call.charge.model, inputTokens: prompt.tokens };
  const isJson = read(config, 'responseMimeType') === 'application/json';
  const wish = { ...nativeFunctions(request), ...(isJson && { schema: read(config, 'responseSchema') ?? {} }) };
  return nativeAnswer(generate(call, prompt, wish, true));
}
