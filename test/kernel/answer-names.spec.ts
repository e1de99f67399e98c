import { describe, expect, it } from '@jest/globals';
import { type AnswerNames, namesIn } from '../../src/kernel/gemini/answer-names.js';
import { interactionIdIn } from '../../src/kernel/gemini/interaction-stream.js';
import { edited } from '../../src/kernel/gemini/json-edits.js';
import type { ResourceKind } from '../../src/kernel/gemini/resource.js';

const GOOGLE = 'https://generativelanguage.googleapis.com';
const ADDRESSES = { upstream: GOOGLE, proxy: 'https://ai.example.com' };

const namesOf = (answer: unknown, kind: ResourceKind = 'files'): AnswerNames =>
  namesIn(Buffer.from(JSON.stringify(answer)), { addresses: ADDRESSES, kind });
const told = (answer: unknown, kind?: ResourceKind): string[] =>
  namesOf(answer, kind).resources.map(({ resource }) => resource.name);

describe('namesIn', () => {
  it.each<[string, ResourceKind, unknown, string[]]>([
    ['an uploaded file', 'files', { file: { name: 'files/abc', mimeType: 'text/plain' } }, ['files/abc']],
    ['a cache', 'cachedContents', { name: 'cachedContents/c', model: 'models/m' }, ['cachedContents/c']],
    ['a new batch', 'batches', { name: 'batches/b', metadata: { name: 'batches/b' } }, ['batches/b']],
    [
      'a finished batch',
      'batches',
      {
        name: 'batches/b',
        metadata: { output: { responsesFile: 'files/batch-b' } },
        response: { responsesFile: 'files/batch-b' },
      },
      ['batches/b', 'files/batch-b', 'files/batch-b'],
    ],
    [
      'a finished video',
      'operations',
      {
        name: 'models/veo/operations/o',
        response: {
          generateVideoResponse: {
            generatedSamples: [{ video: { uri: `${GOOGLE}/v1beta/files/v:download?alt=media` } }],
          },
        },
      },
      ['models/veo/operations/o', 'files/v'],
    ],
    ['an import', 'fileSearchStores', { name: 'fileSearchStores/s/operations/o' }, ['fileSearchStores/s']],
    [
      'a tuned model in the making',
      'tunedModels',
      { name: 'tunedModels/t/operations/o', metadata: { tunedModel: 'tunedModels/t' } },
      ['tunedModels/t', 'tunedModels/t'],
    ],
    [
      'an interaction',
      'interactions',
      { id: 'v1_abc', steps: [{ content: [{ type: 'video', uri: `${GOOGLE}/v1/files/v` }] }] },
      ['interactions/v1_abc', 'files/v'],
    ],
    [
      'its environment',
      'interactions',
      { id: 'v1_abc', environment_id: 'env' },
      ['interactions/v1_abc', 'environments/env'],
    ],
    [
      'a batch of the OpenAI routes',
      'batches',
      { id: 'batches/b', object: 'batch', output_file_id: 'files/batch-b' },
      ['batches/b', 'files/batch-b'],
    ],
    ['a video of the OpenAI routes', 'videos', { id: 'abc' }, ['videos/abc']],
  ])('finds %s', (_what, kind, answer, expected) => {
    expect(told(answer, kind)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['labels that the caller gave', { metadata: { name: 'files/x', file: { name: 'files/x' } } }],
    ['what a model says', { steps: [{ content: [{ text: `${GOOGLE}/v1/files/x` }] }] }],
    [
      'a function that a model calls',
      { steps: [{ type: 'function_call', name: 'files/x', arguments: { uri: `${GOOGLE}/v1/files/x` } }] },
    ],
    ['files of other services', { steps: [{ content: [{ uri: 'https://example.com/v1/files/x' }] }] }],
    ['names that are none', { name: 'get_weather' }],
  ])('takes nothing from %s', (_what, answer) => {
    expect(told(answer)).toEqual([]);
  });

  it('knows when each ends', () => {
    const answer = { file: { name: 'files/abc', expirationTime: '2026-01-03T00:00:00.123456789Z' }, name: 'files/def' };
    expect(namesOf(answer).resources.map(({ expiresAtMs }) => expiresAtMs)).toEqual([
      Date.UTC(2026, 0, 3, 0, 0, 0, 123),
      undefined,
    ]);
    const cache = { name: 'cachedContents/c', expireTime: '2026-01-03T00:00:00Z' };
    expect(namesOf(cache).resources[0]?.expiresAtMs).toBe(Date.UTC(2026, 0, 3));
  });

  it('points every file at the proxy, and alters nothing else', () => {
    const answer =
      `{ "file": {"uri":"${GOOGLE}/v1beta/files/abc" ,"downloadUri":"https:\\/\\/generativelanguage.googleapis.com\\/v1beta\\/files\\/abc:download?alt=media"},` +
      `"other":"${GOOGLE}/v1beta/models/m","web":"https://example.com/v1/files/x", "text":"${GOOGLE}/v1beta/files/abc"}`;
    const { edits } = namesIn(Buffer.from(answer), { addresses: ADDRESSES, kind: 'files' });
    expect(edited(Buffer.from(answer), edits).toString()).toBe(
      `{ "file": {"uri":"https://ai.example.com/v1beta/files/abc" ,"downloadUri":"https://ai.example.com/v1beta/files/abc:download?alt=media"},` +
        `"other":"${GOOGLE}/v1beta/models/m","web":"https://example.com/v1/files/x", "text":"${GOOGLE}/v1beta/files/abc"}`,
    );
  });
});

describe('interactionIdIn', () => {
  const CREATED =
    'event: interaction.created\ndata: {"event_type":"interaction.created","interaction":{"tools":[{"id":"no"}],"id":"v1_abc"}}\n\n';

  it('finds the id as soon as the first event is whole', () => {
    for (let cut = 0; cut <= CREATED.length; cut += 1) {
      const isWhole = CREATED.slice(0, cut).includes('}}\n');
      expect(interactionIdIn(Buffer.from(CREATED.slice(0, cut)))).toBe(isWhole ? 'v1_abc' : undefined);
    }
  });

  it('finds it behind comments and other events', () => {
    expect(interactionIdIn(Buffer.from(`: hello\n\nevent: ping\ndata: {}\n\n${CREATED}`))).toBe('v1_abc');
    expect(interactionIdIn(Buffer.from('data: {"event_type":"x","interaction_id":"v1_def"}\n'))).toBe('v1_def');
  });

  it('takes no id of anything else', () => {
    expect(interactionIdIn(Buffer.from('data: {"step":{"id":"call_1"},"id":"x","event_id":"y"}\n\n'))).toBeUndefined();
  });
});
