import type { ApiCall } from '../http/api-call.js';
import { pageOf } from '../http/pages.js';
import type { Route } from '../http/router.js';
import type { Model } from '../world/model-catalogue.js';

export const modelRoutes: readonly Route[] = [
  { method: 'GET', path: 'models', handle: listModels },
  { method: 'GET', path: 'models/{model}', handle: getModel },
];

function listModels(call: ApiCall): Promise<void> {
  const { items, nextPageToken } = pageOf(call, call.world.models.all);
  return call.json({ models: items.map(modelJson), nextPageToken });
}

function getModel(call: ApiCall): Promise<void> {
  const model = call.world.models.find(call.param('model'));
  if (model === undefined) throw call.error('model_not_found');
  return call.json(modelJson(model));
}

function modelJson(model: Model): Record<string, unknown> {
  return {
    name: `models/${model.name}`,
    version: '001',
    displayName: model.displayName,
    description: `${model.displayName}, emulated`,
    inputTokenLimit: model.inputTokenLimit,
    outputTokenLimit: model.outputTokenLimit,
    supportedGenerationMethods: model.methods,
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
    ...(model.thinks && { thinking: true }),
  };
}
