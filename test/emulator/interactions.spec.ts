import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Emulator } from '../../src/emulator/emulator.js';
import { ask, eventsOf, post } from './raw-client.js';
import type { RawAnswer } from './raw-client.js';

const PATH = '/v1beta/interactions';
const BODY = { model: 'gemini-3.8-flash', input: 'Why is the sky blue?' };
const STRANGER = { 'x-goog-api-key': 'stranger' };

interface Interaction {
  id: string;
  status: string;
  steps: { type: string; content: { text: string }[] }[];
  usage: Record<string, number>;
}
interface Event {
  event_type: string;
  event_id: string;
  delta?: { text: string };
}

describe('interactions', () => {
  let emulator: Emulator;
  const create = (body: object, headers?: Record<string, string>): Promise<RawAnswer> =>
    post(emulator.url, PATH, { ...BODY, ...body }, headers);
  const created = async (body: object): Promise<Interaction> => (await create(body)).json() as Interaction;
  const get = (path: string, headers?: Record<string, string>): Promise<RawAnswer> =>
    ask(emulator.url, `${PATH}/${path}`, { headers });

  beforeEach(async () => {
    emulator = await Emulator.start();
  });
  afterEach(() => emulator.stop());

  it('answer with steps and usage in snake_case, and can be got again', async () => {
    const interaction = await created({});
    expect(interaction).toMatchObject({
      id: expect.stringMatching(/^v1_/),
      status: 'completed',
      model: 'gemini-3.8-flash',
      steps: [{ type: 'model_output', content: [{ type: 'text' }] }],
    });
    const { total_input_tokens, total_output_tokens, total_thought_tokens, total_tokens } = interaction.usage;
    expect(total_tokens).toBe(total_input_tokens! + total_output_tokens! + total_thought_tokens!);
    expect((await get(interaction.id)).json()).toEqual(interaction);
    expect((await get(`${interaction.id}?include_input=true`)).json()).toMatchObject({ input: BODY.input });
  });

  it('stream named events that end with [DONE] and spell the same text', async () => {
    const answer = await create({ stream: true });
    expect(answer.text).toMatch(/^event: interaction\.created\ndata: \{[^]*\n\ndata: \[DONE\]\n\n$/);
    const events = eventsOf(answer.text) as Event[];
    const names = events.map(({ event_type }) => event_type);
    expect([...new Set(names)]).toEqual([
      'interaction.created',
      'interaction.status_update',
      'step.start',
      'step.delta',
      'step.stop',
      'interaction.completed',
    ]);
    const text = events.map(({ delta }) => delta?.text ?? '').join('');
    expect(text).toContain('Why is the sky blue?');
  });

  it('are resumed behind the event that came last', async () => {
    emulator.script({ nth: 1 }, { kind: 'cut', at: 1500 });
    const broken = await create({ stream: true });
    expect(broken.brokenBy).toBeDefined();
    const seen = eventsOf(broken.text.slice(0, broken.text.lastIndexOf('\n\n'))) as (Event & {
      interaction: { id: string };
    })[];
    const { id } = seen[0]!.interaction;
    const rest = eventsOf((await get(`${id}?stream=true&last_event_id=${seen.at(-1)!.event_id}`)).text) as Event[];
    const all = eventsOf((await get(`${id}?stream=true`)).text) as Event[];
    expect([...seen, ...rest].map(({ event_id }) => event_id)).toEqual(all.map(({ event_id }) => event_id));
    expect((await get(`${id}?stream=true&last_event_id=nope`)).status).toBe(400);
  });

  it('count the history that they go on from, which must be of the project', async () => {
    const first = await created({});
    const second = await created({ previous_interaction_id: first.id });
    expect(second.usage.total_input_tokens).toBe(first.usage.total_tokens! + first.usage.total_input_tokens!);
    expect((await create({ previous_interaction_id: first.id }, STRANGER)).status).toBe(404);
  });

  it('are hidden from strangers, and gone when deleted or never stored', async () => {
    const { id } = await created({});
    expect((await get(id, STRANGER)).json()).toEqual({ error: { code: 'not_found', message: expect.any(String) } });
    await ask(emulator.url, `${PATH}/${id}`, { method: 'DELETE' });
    expect((await get(id)).status).toBe(404);
    expect((await get((await created({ store: false })).id)).status).toBe(404);
  });

  it('run in the background until they are looked at often enough, or cancelled', async () => {
    const run = await created({ background: true, agent: 'deep-research-preview-04-2026', model: undefined });
    expect(run).toMatchObject({ status: 'in_progress' });
    expect(run).not.toHaveProperty('steps');
    expect((await get(run.id)).json()).toMatchObject({ status: 'in_progress' });
    expect((await get(run.id)).json()).toMatchObject({ status: 'completed', steps: [{}] });
    const other = await created({ background: true });
    expect((await post(emulator.url, `${PATH}/${other.id}/cancel`, {})).json()).toMatchObject({ status: 'cancelled' });
    expect((await post(emulator.url, `${PATH}/${run.id}/cancel`, {})).json()).toMatchObject({
      error: { code: 'failed_precondition' },
    });
  });

  it('require action for a function, and answer once they have its result', async () => {
    const tools = [
      {
        type: 'function',
        name: 'get_weather',
        parameters: { type: 'object', properties: { city: { type: 'string' } } },
      },
    ];
    const call = await created({ input: 'What is the weather in Paris?', tools });
    expect(call).toMatchObject({
      status: 'requires_action',
      steps: [{ type: 'function_call', name: 'get_weather', arguments: { city: 'Paris' } }],
    });
    const result = [{ type: 'function_result', call_id: 'x', name: 'get_weather', result: 'rain' }];
    expect(await created({ input: result, tools, previous_interaction_id: call.id })).toMatchObject({
      status: 'completed',
    });
  });

  it('check the files in their input', async () => {
    const input = [
      { type: 'user_input', content: [{ type: 'document', uri: `${emulator.url}/v1beta/files/nobodys` }] },
    ];
    expect((await create({ input })).json()).toMatchObject({ error: { code: 'permission_denied' } });
  });

  it.each([
    [{ rpm: 0 }, 'rate_limit_exceeded'],
    [{ rpd: 0 }, 'quota_exceeded'],
  ])('tell minute and day apart: %j', async (quota, code) => {
    await emulator.stop();
    emulator = await Emulator.start({ scenario: { quotas: { '*': quota } } });
    const answer = await create({});
    expect([answer.status, answer.json()]).toEqual([
      429,
      { error: { code, message: expect.stringContaining('quota') } },
    ]);
  });

  it.each([
    ['overloaded', 503, 'service_unavailable'],
    ['prepaid_depleted', 402, 'payment_required'],
    ['exhausted', 429, 'too_many_requests'],
    ['model_not_found', 404, 'model_not_found'],
  ] as const)('say %s in their own dialect', async (error, status, code) => {
    emulator.script({ model: 'gemini-3.8-flash' }, { kind: 'error', error });
    const answer = await create({});
    expect([answer.status, answer.json()]).toMatchObject([status, { error: { code } }]);
  });

  it('fail in a stream with an error event', async () => {
    emulator.script({}, { kind: 'stream_error', after_chunks: 3 });
    expect((await create({ stream: true })).text).toMatch(
      /\n\nevent: error\ndata: \{"event_type":"error","error":\{"code":"service_unavailable".*\}\n\n$/,
    );
  });
});
