import { GoogleGenAI, Modality } from '@google/genai';
import type { LiveServerMessage } from '@google/genai';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
// The SDK looks for Node's HTTP dispatcher on a global that is hidden under jest; this puts one there.
import 'undici';
import { Emulator } from '../../src/emulator/emulator.js';

const model = 'gemini-3.8-flash';
const contents = 'Why is the sky blue?';

describe('@google/genai against the emulator', () => {
  let emulator: Emulator;
  let ai: GoogleGenAI;

  beforeEach(async () => {
    emulator = await Emulator.start();
    ai = new GoogleGenAI({ apiKey: 'any-key', httpOptions: { baseUrl: emulator.url } });
  });
  afterEach(() => emulator.stop());

  it('generates', async () => {
    const answer = await ai.models.generateContent({ model, contents });
    expect(answer.text).toContain(contents);
    expect(answer.usageMetadata?.promptTokenCount).toBe(5);
  });

  it('streams', async () => {
    const texts = [];
    for await (const chunk of await ai.models.generateContentStream({ model, contents })) texts.push(chunk.text);
    expect(texts).toHaveLength(5);
    expect(texts.join('')).toContain(contents);
  });

  it('reads a raw error tail of a stream', async () => {
    emulator.script({}, { kind: 'stream_error' });
    const read = async (): Promise<void> => {
      for await (const chunk of await ai.models.generateContentStream({ model, contents })) {
        expect(chunk.text).toBeDefined();
      }
    };
    await expect(read()).rejects.toMatchObject({ status: 503 });
  });

  it('uploads in chunks, uses, lists, downloads and deletes a file', async () => {
    const blob = new Blob([new Uint8Array(8 * 1024 * 1024 + 5)], { type: 'text/plain' });
    const file = await ai.files.upload({ file: blob, config: { displayName: 'Zeros' } });
    expect(file).toMatchObject({
      displayName: 'Zeros',
      mimeType: 'text/plain',
      sizeBytes: String(blob.size),
      state: 'ACTIVE',
    });
    expect(emulator.requests.filter(({ path }) => path.includes('upload_id'))).toHaveLength(2);
    const parts = [{ text: contents }, { fileData: { fileUri: file.uri!, mimeType: file.mimeType! } }];
    expect((await ai.models.generateContent({ model, contents: [{ role: 'user', parts }] })).text).toBeDefined();
    const names = [];
    for await (const each of await ai.files.list()) names.push(each.name);
    expect(names).toEqual([file.name]);
    await ai.files.delete({ name: file.name! });
    await expect(ai.files.get({ name: file.name! })).rejects.toMatchObject({ status: 403 });
  });

  it('embeds, counts, caches, lists models and makes tokens', async () => {
    const embedded = await ai.models.embedContent({
      model: 'gemini-embedding-001',
      contents,
      config: { outputDimensionality: 16 },
    });
    expect(embedded.embeddings?.[0]?.values).toHaveLength(16);
    expect((await ai.models.countTokens({ model, contents })).totalTokens).toBe(5);
    const cache = await ai.caches.create({ model, config: { contents, ttl: '60s' } });
    expect(cache.usageMetadata?.totalTokenCount).toBe(5);
    const names = [];
    for await (const each of await ai.models.list({ config: { pageSize: 10 } })) names.push(each.name);
    expect(names).toContain(`models/${model}`);
    expect(names.length).toBeGreaterThan(10);
    expect((await ai.authTokens.create({ config: { uses: 1 } })).name).toMatch(/^auth_tokens\//);
  });

  it('runs a batch to its end', async () => {
    const src = [{ contents: [{ role: 'user', parts: [{ text: contents }] }] }];
    let job = await ai.batches.create({ model, src });
    const states = [job.state];
    while (!String(job.state).endsWith('SUCCEEDED')) {
      job = await ai.batches.get({ name: job.name! });
      states.push(job.state);
    }
    expect(states).toEqual(['JOB_STATE_PENDING', 'JOB_STATE_RUNNING', 'JOB_STATE_SUCCEEDED']);
    expect(job.dest?.inlinedResponses?.[0]?.response?.usageMetadata?.promptTokenCount).toBe(5);
  });

  it('interacts, whole and streamed', async () => {
    const interaction = await ai.interactions.create({ model, input: contents });
    expect(interaction).toMatchObject({ status: 'completed', steps: [{ type: 'model_output' }] });
    const stream = await ai.interactions.create({
      model,
      input: contents,
      stream: true,
      previous_interaction_id: interaction.id,
    });
    const types = [];
    for await (const event of stream) types.push(event.event_type);
    expect([types[0], types.at(-1)]).toEqual(['interaction.created', 'interaction.completed']);
  });

  it('holds a live conversation', async () => {
    const done = Promise.withResolvers<string>();
    let text = '';
    const session = await ai.live.connect({
      model: 'gemini-3.8-live',
      config: { responseModalities: [Modality.TEXT] },
      callbacks: {
        onmessage: (message: LiveServerMessage) => {
          text += message.text ?? '';
          if (message.serverContent?.turnComplete) done.resolve(text);
        },
        onerror: () => {
          done.reject(new Error('the session failed'));
        },
      },
    });
    session.sendClientContent({ turns: contents, turnComplete: true });
    expect(await done.promise).toContain(contents);
    session.close();
  });
});
