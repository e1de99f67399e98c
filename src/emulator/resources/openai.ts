import { servedModel } from '../answers/generation.js';
import { textTokens } from '../answers/prompt.js';
import { vectorOf } from '../answers/vector.js';
import { answerTo } from '../answers/answer.js';
import { invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { Charge } from '../http/call-context.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { numberOf, textOf } from '../json.js';
import { openaiModel } from './openai-prompt.js';

export const openaiRoutes: readonly Route[] = [
  { method: 'GET', path: 'openai/models', dialect: 'openai', handle: listModels },
  { method: 'GET', path: 'openai/models/{+model}', dialect: 'openai', handle: getModel },
  { method: 'POST', path: 'openai/embeddings', dialect: 'openai', charge: chargeEmbeddings, handle: embed },
  { method: 'POST', path: 'openai/images/generations', dialect: 'openai', charge: chargeImages, handle: drawImages },
];

function listModels(call: ApiCall): Promise<void> {
  return call.json({ object: 'list', data: call.world.models.all.map(({ name }) => modelJson(name)) });
}

function getModel(call: ApiCall): Promise<void> {
  const name = call.param('model').replace(/^models\//, '');
  if (call.world.models.find(name) === undefined) {
    call.charge = { model: name, inputTokens: 0 };
    throw call.error('model_not_found');
  }
  return call.json(modelJson(name));
}

function modelJson(name: string): JsonObject {
  return { id: `models/${name}`, object: 'model', owned_by: 'google', display_name: name };
}

function chargeEmbeddings(call: ApiCall): Charge {
  const model = servedModel(call, openaiModel(call.body), 'embedContent').name;
  const inputTokens = inputsOf(call.body).reduce((sum, text) => sum + textTokens(text.length), 0);
  return { model, inputTokens };
}

function embed(call: ApiCall): Promise<void> {
  const { body, world, charge } = call;
  const dimensions = numberOf(body.dimensions);
  const data = inputsOf(body).map((text, index) => {
    const vector = vectorOf(text, world.seed, dimensions);
    return { object: 'embedding', index, embedding: body.encoding_format === 'base64' ? base64Of(vector) : vector };
  });
  const usage = { prompt_tokens: charge.inputTokens, total_tokens: charge.inputTokens };
  return call.json({ object: 'list', data, model: openaiModel(body), usage });
}

function inputsOf({ input }: JsonObject): readonly string[] {
  const inputs = (Array.isArray(input) ? (input as unknown[]) : [input]).flatMap((text) => textOf(text) ?? []);
  if (inputs.length === 0) throw invalidArgument('Request must contain at least one input text.');
  return inputs;
}

/** Little-endian 32-bit floats. */
function base64Of(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}

function chargeImages(call: ApiCall): Charge {
  const model = servedModel(call, openaiModel(call.body), 'generateContent').name;
  return { model, inputTokens: textTokens((textOf(call.body.prompt) ?? '').length) };
}

function drawImages(call: ApiCall): Promise<void> {
  const { body, world, charge } = call;
  const question = textOf(body.prompt) ?? '';
  const prompt = { text: question, question, tokens: charge.inputTokens, answersCall: false };
  const model = servedModel(call, charge.model, 'generateContent');
  const image = answerTo(prompt, { functions: [], mode: 'none' }, model, {}, world.seed);
  if (image.kind !== 'media') throw invalidArgument(`models/${charge.model} does not support image generation.`);
  const data = Array.from({ length: numberOf(body.n) ?? 1 }, () => ({ b64_json: image.data }));
  return call.json({ created: Math.floor(world.clock.now() / 1000), data });
}
