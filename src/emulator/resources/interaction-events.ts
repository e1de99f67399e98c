import { piecesOf } from '../answers/pieces.js';
import type { AnswerShape } from '../faults/answer-shape.js';
import type { JsonObject } from '../json.js';
import { objectOf, textOf } from '../json.js';

/** The events of a whole interaction, numbered so that a broken stream can be resumed behind any of them. */
export function interactionEvents(done: JsonObject, shape: AnswerShape): readonly JsonObject[] {
  const { steps, usage, ...lifecycle } = done;
  const begun = { ...lifecycle, status: 'in_progress' };
  const events = [
    { event_type: 'interaction.created', interaction: begun },
    { event_type: 'interaction.status_update', interaction_id: done.id, status: 'in_progress' },
    ...(steps as readonly JsonObject[]).flatMap((step, index) => stepEvents(step, index, usage, shape)),
    { event_type: 'interaction.completed', interaction: { ...lifecycle, usage } },
  ];
  return events.map((event, index) => ({ ...event, event_id: `ev_${index + 1}` }));
}

/** The events behind the one of that id; all of them for no id. Undefined when there is no such event. */
export function eventsAfter(
  events: readonly JsonObject[],
  lastEventId: string | null,
): readonly JsonObject[] | undefined {
  if (lastEventId === null || lastEventId === '') return events;
  const index = events.findIndex(({ event_id }) => event_id === lastEventId);
  return index < 0 ? undefined : events.slice(index + 1);
}

function stepEvents(step: JsonObject, index: number, usage: unknown, shape: AnswerShape): JsonObject[] {
  const { empty, deltas } = step.type === 'function_call' ? callDeltas(step) : textDeltas(step, shape);
  return [
    { event_type: 'step.start', index, step: empty },
    ...deltas.map((delta) => ({ event_type: 'step.delta', index, delta })),
    { event_type: 'step.stop', index, usage },
  ];
}

interface Deltas {
  /** The step as it starts. */
  readonly empty: JsonObject;
  readonly deltas: readonly JsonObject[];
}

function callDeltas(step: JsonObject): Deltas {
  const text = JSON.stringify(step.arguments);
  return { empty: { ...step, arguments: {} }, deltas: [{ type: 'arguments_delta', arguments: text }] };
}

function textDeltas(step: JsonObject, shape: AnswerShape): Deltas {
  const text = textOf(objectOf((step.content as readonly unknown[])[0]).text) ?? '';
  return { empty: { type: step.type }, deltas: piecesOf(text, shape).map((piece) => ({ type: 'text', text: piece })) };
}
