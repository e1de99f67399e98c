import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Emulator } from '../../src/emulator/emulator.js';
import { ManualClock } from '../support/manual-clock.js';
import { ask, post } from './raw-client.js';
import type { RawAnswer } from './raw-client.js';

const STRANGER = { 'x-goog-api-key': 'stranger' };
const MODEL = '/v1beta/models/gemini-3.8-flash';
const contents = [{ role: 'user', parts: [{ text: 'Why is the sky blue?' }] }];

let emulator: Emulator;
const clock = new ManualClock(Date.parse('2026-11-23T18:00:00Z'));
const get = (path: string, headers?: Record<string, string>): Promise<RawAnswer> =>
  ask(emulator.url, path, { headers });
const drop = (path: string, headers?: Record<string, string>): Promise<RawAnswer> =>
  ask(emulator.url, path, { method: 'DELETE', headers });
const create = (path: string, body: unknown, headers?: Record<string, string>): Promise<RawAnswer> =>
  post(emulator.url, path, body, headers);
beforeEach(async () => {
  emulator = await Emulator.start({ clock });
});
afterEach(() => emulator.stop());

describe('embeddings and countTokens', () => {
  it('embeds one or many texts, alike for alike texts, with unit vectors', async () => {
    const one = (
      await create('/v1beta/models/gemini-embedding-2:embedContent', { content: { parts: [{ text: 'hi' }] } })
    ).json() as {
      embedding: { values: number[] };
      usageMetadata: unknown;
    };
    expect(one.embedding.values).toHaveLength(3072);
    expect(Math.hypot(...one.embedding.values)).toBeCloseTo(1, 4);
    expect(one.usageMetadata).toMatchObject({ promptTokenCount: 1 });
    const requests = ['hi', 'ho'].map((text) => ({
      model: 'models/gemini-embedding-2',
      content: { parts: [{ text }] },
    }));
    const many = (await create('/v1beta/models/gemini-embedding-2:batchEmbedContents', { requests })).json() as {
      embeddings: { values: number[] }[];
    };
    expect(many.embeddings[0]).toEqual(one.embedding);
    expect(many.embeddings[1]).not.toEqual(one.embedding);
  });

  it('embeds in the dimensions asked for', async () => {
    const body = { content: { parts: [{ text: 'hi' }] }, output_dimensionality: 64 };
    const answer = (await create('/v1/models/gemini-embedding-001:embedContent', body)).json() as {
      embedding: { values: number[] };
    };
    expect(answer.embedding.values).toHaveLength(64);
    expect(answer).not.toHaveProperty('usageMetadata');
  });

  it('does not embed with a model that generates', async () => {
    expect((await create(`${MODEL}:embedContent`, { content: { parts: [{ text: 'hi' }] } })).status).toBe(404);
  });

  it('counts the tokens that generating would count', async () => {
    const counted = (await create(`${MODEL}:countTokens`, { contents })).json() as { totalTokens: number };
    const nested = (await create(`${MODEL}:countTokens`, { generateContentRequest: { contents } })).json();
    const generated = (await create(`${MODEL}:generateContent`, { contents })).json();
    expect(counted).toEqual(nested);
    expect(generated).toMatchObject({ usageMetadata: { promptTokenCount: counted.totalTokens } });
  });
});

describe('cachedContents', () => {
  const make = async (): Promise<{ name: string; expireTime: string; usageMetadata: { totalTokenCount: number } }> =>
    (
      await create('/v1beta/cachedContents', {
        model: 'models/gemini-3.8-flash',
        contents,
        ttl: '300s',
        displayName: 'sky',
      })
    ).json() as never;

  it('are created, listed, changed in their expiry alone, and deleted', async () => {
    const cache = await make();
    expect(cache).toMatchObject({
      model: 'models/gemini-3.8-flash',
      displayName: 'sky',
      usageMetadata: { totalTokenCount: 5 },
    });
    expect((await get('/v1beta/cachedContents')).json()).toEqual({ cachedContents: [cache] });
    const patched = await ask(emulator.url, `/v1beta/${cache.name}?updateMask=ttl`, {
      method: 'PATCH',
      body: '{"ttl":"7200s"}',
    });
    expect(Date.parse((patched.json() as typeof cache).expireTime) - Date.parse(cache.expireTime)).toBe(6_900_000);
    expect((await drop(`/v1beta/${cache.name}`)).json()).toEqual({});
    expect((await get(`/v1beta/${cache.name}`)).status).toBe(403);
  });

  it('count as cached and as prompt tokens of a request that uses them', async () => {
    const { name } = await make();
    const answer = (await create(`${MODEL}:generateContent`, { contents, cachedContent: name })).json();
    expect(answer).toMatchObject({ usageMetadata: { promptTokenCount: 10, cachedContentTokenCount: 5 } });
  });

  it('are refused to strangers, after their time, for another model, and beside a system instruction', async () => {
    const { name } = await make();
    const use = async (extra: object, model = MODEL, headers?: Record<string, string>): Promise<unknown> =>
      (
        (await create(`${model}:generateContent`, { contents, cachedContent: name, ...extra }, headers)).json() as {
          error: unknown;
        }
      ).error;
    const notFound = { code: 403, message: 'CachedContent not found (or permission denied)' };
    expect(await use({}, MODEL, STRANGER)).toMatchObject(notFound);
    expect(await use({}, '/v1beta/models/gemini-2.5-pro')).toMatchObject({
      code: 400,
      message: expect.stringContaining('has to be the same'),
    });
    expect(await use({ systemInstruction: { parts: [{ text: 'x' }] } })).toMatchObject({ code: 400 });
    clock.advance(300_000);
    expect(await use({})).toMatchObject(notFound);
  });
});

describe('batches', () => {
  const inputConfig = {
    requests: {
      requests: [
        { request: { contents }, metadata: { key: 'a' } },
        { request: { contents }, metadata: { key: 'b' } },
      ],
    },
  };

  it('come to an end after some looks, with each answer and its usage', async () => {
    const made = (
      await create(`${MODEL}:batchGenerateContent`, { batch: { displayName: 'two', inputConfig } })
    ).json() as { name: string };
    expect(made).toMatchObject({
      name: expect.stringMatching(/^batches\/\w+$/),
      metadata: { state: 'BATCH_STATE_PENDING', batchStats: { requestCount: '2' } },
    });
    expect((await get(`/v1beta/${made.name}`)).json()).toMatchObject({ metadata: { state: 'BATCH_STATE_RUNNING' } });
    const inlinedResponses = ['a', 'b'].map((key) => ({
      metadata: { key },
      response: { usageMetadata: { promptTokenCount: 5 } },
    }));
    expect((await get(`/v1beta/${made.name}`)).json()).toMatchObject({
      done: true,
      metadata: { state: 'BATCH_STATE_SUCCEEDED' },
      response: { inlinedResponses: { inlinedResponses } },
    });
  });

  it('read a file of the project, and write one that can be downloaded', async () => {
    const lines = ['a', 'b'].map((key) =>
      JSON.stringify({
        key,
        request: { contents: key === 'a' ? contents : [{ parts: [{ fileData: { fileUri: 'files/nobodys' } }] }] },
      }),
    );
    const upload = (headers: Record<string, string>): Promise<RawAnswer> =>
      ask(emulator.url, '/upload/v1beta/files', {
        method: 'POST',
        headers: { 'x-goog-upload-protocol': 'raw', 'content-type': 'application/jsonl', ...headers },
        body: lines.join('\n'),
      });
    const theirs = (await upload(STRANGER)).json() as { file: { name: string } };
    const mine = (await upload({ 'x-goog-api-key': 'test-key' })).json() as { file: { name: string } };
    const start = (fileName: string): Promise<RawAnswer> =>
      create(`${MODEL}:batchGenerateContent`, { batch: { input_config: { file_name: fileName } } });
    expect((await start(theirs.file.name)).status).toBe(403);
    const { name } = (await start(mine.file.name)).json() as { name: string };
    await get(`/v1beta/${name}`);
    const done = (await get(`/v1beta/${name}`)).json() as { response: { responsesFile: string } };
    expect(done.response.responsesFile).toBe(`files/batch-${name.slice('batches/'.length)}`);
    const results = (await get(`/download/v1beta/${done.response.responsesFile}:download?alt=media`)).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(results).toMatchObject([
      { key: 'a', response: { usageMetadata: {} } },
      { key: 'b', error: { code: 403, status: 'PERMISSION_DENIED' } },
    ]);
  });

  it('embed', async () => {
    const requests = { requests: [{ request: { content: { parts: [{ text: 'x' }] } } }] };
    const { name } = (
      await create('/v1beta/models/gemini-embedding-001:asyncBatchEmbedContent', {
        batch: { inputConfig: { requests } },
      })
    ).json() as { name: string };
    await get(`/v1beta/${name}`);
    expect((await get(`/v1beta/${name}`)).json()).toMatchObject({
      response: {
        inlinedEmbedContentResponses: {
          inlinedResponses: [{ response: { embedding: { values: expect.any(Array) } } }],
        },
      },
    });
  });

  it('are cancelled, listed, deleted, and hidden from strangers', async () => {
    const { name } = (await create(`${MODEL}:batchGenerateContent`, { batch: { inputConfig } })).json() as {
      name: string;
    };
    expect((await get(`/v1beta/${name}`, STRANGER)).status).toBe(404);
    expect((await create(`/v1beta/${name}:cancel`, {})).json()).toEqual({});
    expect((await get('/v1beta/batches')).json()).toMatchObject({
      operations: [{ name, metadata: { state: 'BATCH_STATE_CANCELLED' } }],
    });
    expect((await get('/v1beta/batches', STRANGER)).json()).toEqual({});
    expect((await drop(`/v1beta/${name}`)).json()).toEqual({});
    expect((await get(`/v1beta/${name}`)).status).toBe(404);
  });
});

describe('operations', () => {
  it('end in a video of the project, at an address of this host', async () => {
    const started = (
      await create('/v1beta/models/veo-3.1-generate-preview:predictLongRunning', { instances: [{ prompt: 'waves' }] })
    ).json() as { name: string };
    expect(started).toEqual({ name: expect.stringMatching(/^models\/veo-3\.1-generate-preview\/operations\/\w+$/) });
    expect((await get(`/v1beta/${started.name}`, STRANGER)).status).toBe(404);
    expect((await get(`/v1beta/${started.name}`)).json()).toEqual(started);
    const done = (await get(`/v1beta/${started.name}`)).json() as {
      done: boolean;
      response: { generateVideoResponse: { generatedSamples: [{ video: { uri: string } }] } };
    };
    const { uri } = done.response.generateVideoResponse.generatedSamples[0].video;
    expect(uri).toMatch(new RegExp(`^${emulator.url}/v1beta/files/\\w+:download\\?alt=media$`));
    expect((await get(uri.slice(emulator.url.length))).headers['content-type']).toBe('video/mp4');
    expect((await get('/v1beta/models/veo-3.1-generate-preview/operations')).json()).toMatchObject({
      operations: [{ name: started.name, done: true }],
    });
  });
});

describe('fileSearchStores', () => {
  it('hold documents that are uploaded or imported, and are used by their project alone', async () => {
    const store = (await create('/v1beta/fileSearchStores', { displayName: 'My docs' })).json() as { name: string };
    expect(store.name).toMatch(/^fileSearchStores\/mydocs-\w+$/);
    const headers = { 'x-goog-api-key': 'test-key', 'x-goog-upload-protocol': 'raw', 'content-type': 'text/plain' };
    const upload = await ask(emulator.url, `/upload/v1beta/${store.name}:uploadToFileSearchStore`, {
      method: 'POST',
      headers,
      body: 'text',
    });
    const operation = upload.json() as { name: string };
    await get(`/v1beta/${operation.name}`);
    const finished = (await get(`/v1beta/${operation.name}`)).json() as { response: { documentName: string } };
    expect((await get(`/v1beta/${finished.response.documentName}`)).json()).toMatchObject({
      state: 'STATE_ACTIVE',
      sizeBytes: '4',
    });
    const file = (await ask(emulator.url, '/upload/v1beta/files', { method: 'POST', headers, body: 'abc' })).json() as {
      file: { name: string };
    };
    expect((await create(`/v1beta/${store.name}:importFile`, { fileName: file.file.name })).status).toBe(200);
    expect((await get(`/v1beta/${store.name}`)).json()).toMatchObject({ activeDocumentsCount: '2' });
    expect((await get(`/v1beta/${store.name}/documents`)).json()).toMatchObject({ documents: [{}, {}] });

    const tools = [{ fileSearch: { fileSearchStoreNames: [store.name] } }];
    expect((await create(`${MODEL}:generateContent`, { contents, tools })).status).toBe(200);
    expect((await create(`${MODEL}:generateContent`, { contents, tools }, STRANGER)).status).toBe(403);
    expect((await get('/v1beta/fileSearchStores', STRANGER)).json()).toEqual({});

    expect((await drop(`/v1beta/${store.name}`)).json()).toMatchObject({ error: { status: 'FAILED_PRECONDITION' } });
    expect((await drop(`/v1beta/${finished.response.documentName}`)).json()).toEqual({});
    expect((await drop(`/v1beta/${store.name}?force=true`)).json()).toEqual({});
    expect((await get(`/v1beta/${store.name}`)).status).toBe(403);
  });
});

describe('auth_tokens', () => {
  it('are made with a key, and are no key themselves', async () => {
    const { name } = (await create('/v1alpha/auth_tokens', { uses: 1 })).json() as { name: string };
    expect(name).toMatch(/^auth_tokens\/[\w-]{40,}$/);
    expect((await get(`/v1beta/models?access_token=${name}`, {})).status).toBe(401);
    expect((await create('/v1beta/auth_tokens', { expireTime: '2027-01-01T00:00:00Z' })).status).toBe(400);
  });
});

it('compresses for callers that accept it, when the scenario wants that', async () => {
  await emulator.stop();
  emulator = await Emulator.start({ clock, scenario: { gzip: true } });
  const gzipped = await get('/v1beta/models', { 'x-goog-api-key': 'k', 'accept-encoding': 'gzip' });
  const plain = await get('/v1beta/models', { 'x-goog-api-key': 'k', 'accept-encoding': 'identity' });
  expect(gzipped.headers['content-encoding']).toBe('gzip');
  expect(gzipped.bytes.length).toBeLessThan(plain.bytes.length / 3);
  expect(plain.headers).not.toHaveProperty('content-encoding');
});
