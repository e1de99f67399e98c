import { servedModel } from '../answers/generation.js';
import { partsOf, readPrompt } from '../answers/prompt.js';
import { vectorOf } from '../answers/vector.js';
import { invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { Charge } from '../http/call-context.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { listOf, numberOf, objectOf, read, textOf } from '../json.js';
import type { World } from '../world/world.js';
import { checkReferences } from './references.js';

export const embeddingRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: 'models/{model}:embedContent',
    charge: (call) => chargeEmbedding(call, call.param('model'), [call.body]),
    handle: embedContent,
  },
  {
    method: 'POST',
    path: 'models/{model}:batchEmbedContents',
    charge: (call) => chargeEmbedding(call, call.param('model'), requestsOf(call)),
    handle: batchEmbedContents,
  },
];

/** The vector of one native request, as `ContentEmbedding`. */
export function embeddingOf(world: World, request: JsonObject): JsonObject {
  const text = partsOf(objectOf(request.content)).map((part) => textOf(part.text) ?? JSON.stringify(part));
  const config = objectOf(read(request, 'embedContentConfig'));
  const dimensions = numberOf(read(request, 'outputDimensionality') ?? read(config, 'outputDimensionality'));
  return { values: vectorOf(text.join('\n'), world.seed, dimensions) };
}

/** Model and input tokens of native embedding requests. */
export function chargeEmbedding(call: ApiCall, name: string, requests: readonly JsonObject[]): Charge {
  const model = servedModel(call, name, 'embedContent').name;
  return { model, inputTokens: requests.reduce((sum, request) => sum + tokensOf(request), 0) };
}

function embedContent(call: ApiCall): Promise<void> {
  const { world, body } = call;
  checkReferences(world, call.project, { contents: [body.content] });
  return call.json({ embedding: embeddingOf(world, body), ...usageOf(call.charge) });
}

function batchEmbedContents(call: ApiCall): Promise<void> {
  const requests = requestsOf(call);
  if (requests.length === 0) throw invalidArgument('* BatchEmbedContentsRequest.requests: requests is not specified\n');
  checkReferences(call.world, call.project, { contents: requests.map(({ content }) => content) });
  const embeddings = requests.map((request) => embeddingOf(call.world, request));
  return call.json({ embeddings, ...usageOf(call.charge) });
}

/** Only the newer models say what they counted. */
function usageOf({ model, inputTokens }: Charge): JsonObject {
  if (model === 'gemini-embedding-001') return {};
  const promptTokensDetails = [{ modality: 'TEXT', tokenCount: inputTokens }];
  return { usageMetadata: { promptTokenCount: inputTokens, promptTokensDetails } };
}

function requestsOf(call: ApiCall): readonly JsonObject[] {
  return listOf(call.body.requests).map(objectOf);
}

function tokensOf(request: JsonObject): number {
  return readPrompt({ contents: [request.content] }).tokens;
}
