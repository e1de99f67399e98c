import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GoogleGenAI, type Interactions } from '@google/genai';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import {
  collect,
  expectOnlyTheUpstreamKey,
  thrownBy,
  UPSTREAM_ERRORS,
  WEATHER_PARAMETERS,
  WEATHER_QUESTION,
} from './client.fixtures.js';

const TOOLS: Interactions.Tool[] = [
  { type: 'function', name: 'get_weather', description: 'The weather of a city', parameters: WEATHER_PARAMETERS },
];

describe('interactions of @google/genai 3.x with only its base URL and key changed', () => {
  let proxy: ProxyHarness;
  let ai: GoogleGenAI;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
    ai = new GoogleGenAI({ apiKey: proxy.token, httpOptions: { baseUrl: proxy.url } });
  });
  afterAll(() => proxy.stop());

  it('creates one, continues it, gets it and deletes it', async () => {
    const first = await ai.interactions.create({ model: MODEL, input: 'hello' });
    expect(first).toMatchObject({ status: 'completed', model: MODEL });
    expect(textOf(first.steps)).toContain('hello');
    expect(first.usage?.total_tokens).toBeGreaterThan(0);
    const second = await ai.interactions.create({
      model: MODEL,
      input: 'and more',
      previous_interaction_id: first.id,
    });
    expect(second.previous_interaction_id).toBe(first.id);
    expect((await ai.interactions.get(second.id)).steps).toEqual(second.steps);
    await ai.interactions.delete(second.id);
    expect(await thrownBy(ai.interactions.get(second.id))).toMatchObject({ status: 404 });
    expect(proxy.emulator.requests[0]?.path).toBe('/v1/interactions');
    expectOnlyTheUpstreamKey(proxy);
  });

  it('streams named events up to the completed interaction', async () => {
    const whole = await ai.interactions.create({ model: MODEL, input: 'tell me a story' });
    const events = await collect(
      await ai.interactions.create({ model: MODEL, input: 'tell me a story', stream: true }),
    );
    expect(events[0]?.event_type).toBe('interaction.created');
    expect(events.at(-1)?.event_type).toBe('interaction.completed');
    expect(deltaText(events)).toBe(textOf(whole.steps));
  });

  it('resumes a stream behind the last event that it saw', async () => {
    const events = await collect(
      await ai.interactions.create({ model: MODEL, input: 'tell me a story', stream: true }),
    );
    const [created] = events;
    const id = created?.event_type === 'interaction.created' ? created.interaction.id : '';
    const rest = await collect(await ai.interactions.get(id, { stream: true, last_event_id: events[3]?.event_id }));
    expect(rest.map(({ event_id }) => event_id)).toEqual(events.slice(4).map(({ event_id }) => event_id));
  });

  it('calls a function and gives its result back', async () => {
    const first = await ai.interactions.create({ model: MODEL, input: WEATHER_QUESTION, tools: TOOLS });
    expect(first.status).toBe('requires_action');
    const call = first.steps.find((step) => step.type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather', arguments: { city: expect.any(String) } });
    const input: Interactions.Step[] = [
      { type: 'function_result', name: 'get_weather', call_id: call?.id ?? '', result: { sky: 'clear' } },
    ];
    const request = { model: MODEL, previous_interaction_id: first.id, input, tools: TOOLS };
    const second = await ai.interactions.create(request);
    expect(second.status).toBe('completed');
    expect(textOf(second.steps)).not.toBe('');
  });

  it('hears of a bad token as its own error, with words that tell what to do', async () => {
    const stranger = new GoogleGenAI({ apiKey: 'not-a-token', httpOptions: { baseUrl: proxy.url } });
    const error = await thrownBy(stranger.interactions.create({ model: MODEL, input: 'hello' }));
    expect(error).toMatchObject({ name: 'AuthenticationError', status: 401 });
    expect(error.message).toMatch(/token/i);
  });

  it.each(UPSTREAM_ERRORS)('reads $status of upstream ($error)', async ({ error: name, model, status, says }) => {
    proxy.emulator.script({ model: new RegExp(`^${model}$`) }, { kind: 'error', error: name });
    const error = await thrownBy(ai.interactions.create({ model, input: 'hello' }, { maxRetries: 0 }));
    expect(error).toMatchObject({ status, message: expect.stringContaining(says) });
  });
});

/** Text that the model put out in these steps. */
function textOf(steps: readonly Interactions.Step[]): string {
  const outputs = steps.flatMap((step) => (step.type === 'model_output' ? (step.content ?? []) : []));
  return outputs.map((content) => (content.type === 'text' ? content.text : '')).join('');
}

/** Text of all deltas of a stream. */
function deltaText(events: readonly Interactions.InteractionSSEEvent[]): string {
  const deltas = events.flatMap((event) => (event.event_type === 'step.delta' ? [event.delta] : []));
  return deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');
}
