import type { CallContext } from '../http/call-context.js';
import type { Model } from '../world/model-catalogue.js';
import type { Answer, Wish } from './answer.js';
import { answerTo, answerTokens } from './answer.js';
import { implicitlyCached } from './implicit-cache.js';
import type { Prompt } from './prompt.js';
import type { Usage } from './usage.js';

/** One answer of one model, not yet in the words of a surface. */
export interface Generation {
  readonly id: string;
  /** The model that really answered. */
  readonly model: string;
  readonly answer: Answer;
  readonly usage: Usage;
}

/** The model that serves a name, when it can do what the method needs; throws ApiError (404) else. */
export function servedModel(call: CallContext, name: string, method: string): Model {
  const asked = call.world.models.find(name);
  const model = asked?.servedBy === undefined ? asked : (call.world.models.find(asked.servedBy) ?? asked);
  if (model?.methods.includes(method) === true) return model;
  call.charge = { model: name, inputTokens: 0 };
  throw call.error('model_not_found');
}

/** Lets the charged model answer the charged prompt. `cachedTokens` come from an explicit cache. */
export function generate(call: CallContext, prompt: Prompt, wish: Wish, thinks: boolean, cachedTokens = 0): Generation {
  const { world, charge, shape } = call;
  const model = world.models.find(charge.model);
  const answer = answerTo(prompt, wish, model ?? UNLISTED, shape, world.seed);
  const cached = cachedTokens > 0 ? cachedTokens : implicitlyCached(call.project, charge, prompt.text, world.scenario);
  return {
    id: world.ids.urlSafe(),
    model: charge.model,
    answer,
    usage: {
      prompt: charge.inputTokens,
      cached,
      answer: answerTokens(answer),
      thoughts: answer.kind === 'blocked' ? 0 : (shape.thought_tokens ?? (thinks && model?.thinks === true ? 32 : 0)),
    },
  };
}

/** Stands for tuned and dynamic models, which no catalogue lists. */
const UNLISTED: Model = {
  name: 'unlisted',
  displayName: 'Unlisted',
  methods: ['generateContent'],
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  thinks: false,
};
