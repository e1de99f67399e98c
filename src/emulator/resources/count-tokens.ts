import { servedModel } from '../answers/generation.js';
import { readPrompt } from '../answers/prompt.js';
import type { ApiCall } from '../http/api-call.js';
import type { Route } from '../http/router.js';
import { isObject, read } from '../json.js';
import { cachedTokensOf } from './caches.js';
import { checkReferences } from './references.js';

/** Not billed, and counted against no quota of generation. */
export const countTokenRoutes: readonly Route[] = [
  { method: 'POST', path: 'models/{model}:countTokens', handle: countTokens },
];

function countTokens(call: ApiCall): Promise<void> {
  servedModel(call, call.param('model'), 'countTokens');
  const inner = read(call.body, 'generateContentRequest');
  const request = isObject(inner) ? inner : call.body;
  checkReferences(call.world, call.project, request);
  const cached = cachedTokensOf(call.project, request);
  const totalTokens = readPrompt(request).tokens + cached;
  return call.json({
    totalTokens,
    ...(cached > 0 && { cachedContentTokenCount: cached }),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }],
  });
}
