import { nativeFunctions } from '../answers/function-calls.js';
import { generate, servedModel } from '../answers/generation.js';
import type { Generation } from '../answers/generation.js';
import { readPrompt } from '../answers/prompt.js';
import type { Wish } from '../answers/answer.js';
import { ApiError, badRequest, googleError } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { Charge } from '../http/call-context.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { listOf, numberOf, objectOf, read, textOf } from '../json.js';
import { cacheInUse, cachedTokensOf } from './caches.js';
import { nativeAnswer } from './native-answer.js';
import { checkReferences } from './references.js';
import { streamGenerateContent } from './stream.js';

/** Model and input tokens of a native request; the served model is what quotas count. */
export function chargeGenerate(call: ApiCall): Charge {
  return chargeFor(call, call.param('model'), call.body);
}

/** The same for a model and a request that stand elsewhere, as in a batch. */
export function chargeFor(call: ApiCall, name: string, request: JsonObject): Charge {
  const model = call.path.includes('/models/') ? servedModel(call, name, 'generateContent').name : name;
  checkContents(request);
  const prompt = readPrompt(request);
  return { model, inputTokens: prompt.tokens + cachedTokensOf(call.project, request), prompt };
}

/** Lets the model answer a native request; throws ApiError when it refers to what the project does not own. */
export function generateNative(call: ApiCall, request = call.body): Generation {
  checkReferences(call.world, call.project, request);
  const cache = cacheInUse(call.project, call.charge.model, request);
  const prompt = call.charge.prompt ?? readPrompt(request);
  return generate(call, prompt, nativeWish(request), wantsThoughts(request), cache?.tokens);
}

export const generateRoutes: readonly Route[] = ['models', 'tunedModels', 'dynamic'].flatMap((collection): Route[] => [
  {
    method: 'POST',
    path: `${collection}/{model}:generateContent`,
    charge: chargeGenerate,
    handle: (call) => call.json(nativeAnswer(generateNative(call))),
  },
  {
    method: 'POST',
    path: `${collection}/{model}:streamGenerateContent`,
    dialect: 'array',
    charge: chargeGenerate,
    handle: (call) => streamGenerateContent(call, generateNative(call)),
  },
]);

function checkContents(request: JsonObject): void {
  if (listOf(request.contents).length > 0) return;
  const violation = 'contents is not specified';
  const message = `* GenerateContentRequest.contents: ${violation}\n`;
  throw new ApiError(googleError(400, message, [badRequest('contents', violation)]));
}

function nativeWish(request: JsonObject): Wish {
  const config = configOf(request);
  const isJson = textOf(read(config, 'responseMimeType')) === 'application/json';
  const schema = read(config, 'responseJsonSchema') ?? read(config, 'responseSchema') ?? { type: 'object' };
  return {
    ...nativeFunctions(request),
    ...(isJson && { schema }),
    maxTokens: numberOf(read(config, 'maxOutputTokens')),
  };
}

function wantsThoughts(request: JsonObject): boolean {
  const thinking = objectOf(read(configOf(request), 'thinkingConfig'));
  return numberOf(read(thinking, 'thinkingBudget')) !== 0;
}

function configOf(request: JsonObject): JsonObject {
  return objectOf(read(request, 'generationConfig'));
}
