import type { Answer } from '../answers/answer.js';
import type { Generation } from '../answers/generation.js';
import { generate, servedModel } from '../answers/generation.js';
import type { Usage } from '../answers/usage.js';
import { totalTokens } from '../answers/usage.js';
import { ApiError, googleError, invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { Charge } from '../http/call-context.js';
import { sendStream } from '../http/event-stream.js';
import { INTERACTION_FRAMING } from '../http/framing.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { textOf } from '../json.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';
import { eventsAfter, interactionEvents } from './interaction-events.js';
import { checkInteractionInput, interactionPrompt, interactionWish } from './interaction-input.js';

interface StoredInteraction {
  readonly input: unknown;
  readonly totalTokens: number;
  /** As it will be when it is done. */
  readonly done: JsonObject;
  readonly events: readonly JsonObject[];
  /** Looks until a background run is done; 0 for the others. */
  looksLeft: number;
  isCancelled: boolean;
}

const interactions = new Shelf<Project, StoredInteraction>();
const dialect = 'interactions' as const;

export const interactionRoutes: readonly Route[] = [
  { method: 'POST', path: 'interactions', dialect, charge, handle: create },
  { method: 'GET', path: 'interactions/{interaction}', dialect, handle: get },
  { method: 'DELETE', path: 'interactions/{interaction}', dialect, handle: remove },
  { method: 'POST', path: 'interactions/{interaction}/cancel', dialect, handle: cancel },
];

function charge(call: ApiCall): Charge {
  const { body } = call;
  const name = textOf(body.agent) ?? (textOf(body.model) ?? '').replace(/^models\//, '');
  if (name === '') throw invalidArgument('Either model or agent must be set.');
  // Agents are served by a model of their own choice, under their own name.
  const model = body.agent === undefined ? servedModel(call, name, 'generateContent').name : name;
  if (body.input === undefined) throw invalidArgument('input must be set.');
  const previous = textOf(body.previous_interaction_id);
  const prompt = interactionPrompt(body, previous === undefined ? 0 : find(call, previous).totalTokens);
  return { model, inputTokens: prompt.tokens, prompt };
}

function create(call: ApiCall): Promise<void> {
  const { world, body } = call;
  checkInteractionInput(call);
  const prompt = call.charge.prompt ?? interactionPrompt(body, 0);
  const generation = generate(call, prompt, interactionWish(body), true);
  const done = interactionJson(call, generation);
  const interaction: StoredInteraction = {
    input: body.input,
    totalTokens: totalTokens(generation.usage),
    done,
    events: interactionEvents(done, call.shape),
    looksLeft: body.background === true ? world.scenario.polls_until_done : 0,
    isCancelled: false,
  };
  if (body.store !== false) interactions.of(call.project).set(String(done.id), interaction);
  if (body.stream === true) return sendStream(call, INTERACTION_FRAMING, interaction.events);
  return call.json(seen(interaction));
}

function get(call: ApiCall): Promise<void> {
  const interaction = find(call, call.param('interaction'));
  if (call.query.get('stream') === 'true') {
    const events = eventsAfter(interaction.events, call.query.get('last_event_id'));
    if (events === undefined) throw invalidArgument('last_event_id is not an event of this interaction.');
    return sendStream(call, INTERACTION_FRAMING, events);
  }
  if (interaction.looksLeft > 0) interaction.looksLeft -= 1;
  const wantsInput = call.query.get('include_input') === 'true';
  return call.json({ ...seen(interaction), ...(wantsInput && { input: interaction.input }) });
}

function remove(call: ApiCall): Promise<void> {
  const id = call.param('interaction');
  find(call, id);
  interactions.of(call.project).delete(id);
  return call.json({});
}

function cancel(call: ApiCall): Promise<void> {
  const interaction = find(call, call.param('interaction'));
  if (interaction.looksLeft === 0) {
    throw new ApiError(
      googleError(400, 'Only a running background interaction can be cancelled.', undefined, 'FAILED_PRECONDITION'),
    );
  }
  interaction.isCancelled = true;
  return call.json(seen(interaction));
}

/** The interaction as it is now: a background run shows its steps only once it is done. */
function seen({ done, looksLeft, isCancelled }: StoredInteraction): JsonObject {
  if (looksLeft === 0 && !isCancelled) return done;
  const { steps: _steps, usage: _usage, ...lifecycle } = done;
  return { ...lifecycle, status: isCancelled ? 'cancelled' : 'in_progress' };
}

function find(call: ApiCall, id: string): StoredInteraction {
  const interaction = interactions.of(call.project).get(id);
  if (interaction === undefined) throw new ApiError(googleError(404, 'Requested entity was not found.'));
  return interaction;
}

function interactionJson(call: ApiCall, { id, model, answer, usage }: Generation): JsonObject {
  const { body, world } = call;
  const now = world.timestamp();
  const previous = textOf(body.previous_interaction_id);
  return {
    id: `v1_${id}${world.ids.urlSafe(30)}`,
    object: 'interaction',
    ...(body.agent === undefined ? { model } : { agent: model }),
    role: 'model',
    status: answer.kind === 'call' ? 'requires_action' : 'completed',
    created: now,
    updated: now,
    ...(previous !== undefined && { previous_interaction_id: previous }),
    steps: [stepOf(answer, id)],
    usage: usageJson(usage),
  };
}

function stepOf(answer: Answer, id: string): JsonObject {
  switch (answer.kind) {
    case 'text':
      return { type: 'model_output', content: [{ type: 'text', text: answer.text }] };
    case 'call':
      return { type: 'function_call', id: `call_${id}`, name: answer.name, arguments: answer.args };
    case 'media':
      return { type: 'model_output', content: [{ type: 'image', mime_type: answer.mimeType, data: answer.data }] };
    case 'blocked':
      throw new ApiError(googleError(400, `The prompt was blocked: ${answer.reason}.`));
  }
}

function usageJson(usage: Usage): JsonObject {
  return {
    total_input_tokens: usage.prompt,
    input_tokens_by_modality: [{ modality: 'text', tokens: usage.prompt }],
    total_cached_tokens: usage.cached,
    total_output_tokens: usage.answer,
    total_tool_use_tokens: 0,
    total_thought_tokens: usage.thoughts,
    total_tokens: totalTokens(usage),
  };
}
