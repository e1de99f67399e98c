import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPartFromUri, createUserContent, GoogleGenAI } from '@google/genai';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { thrownBy } from './client.fixtures.js';

describe('@google/genai 3.x before two projects', () => {
  let proxy: ProxyHarness;
  let ai: GoogleGenAI;
  let stranger: GoogleGenAI;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'] });
    const httpOptions = { baseUrl: proxy.url };
    ai = new GoogleGenAI({ apiKey: proxy.token, httpOptions });
    stranger = new GoogleGenAI({ apiKey: await proxy.tokenFor('stranger'), httpOptions });
  });
  afterAll(() => proxy.stop());

  it('uploads, uses, gets and deletes files as if there were one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const file = await ai.files.upload({ file: new Blob([`text ${round}`], { type: 'text/plain' }) });
      const name = file.name ?? '';
      const contents = createUserContent(['what is this', createPartFromUri(file.uri ?? '', 'text/plain')]);
      expect((await ai.models.generateContent({ model: MODEL, contents })).text).not.toBe('');
      expect((await ai.files.get({ name })).uri).toBe(file.uri);
      expect(await thrownBy(stranger.models.generateContent({ model: MODEL, contents }))).toMatchObject({
        status: 404,
      });
      await ai.files.delete({ name });
      expect(await thrownBy(ai.files.get({ name }))).toMatchObject({ status: 404 });
    }
    const keys = new Set(proxy.emulator.requests.map(({ key }) => key));
    expect(keys).toEqual(new Set([keyText('a'), keyText('b')]));
  });

  it('keeps a conversation of interactions together', async () => {
    let previous: string | undefined;
    for (let turn = 0; turn < 4; turn += 1) {
      const interaction = await ai.interactions.create({
        model: MODEL,
        input: `turn ${turn}`,
        previous_interaction_id: previous,
      });
      previous = interaction.id;
    }
    const keys = proxy.emulator.requests.slice(-4).map(({ key }) => key);
    expect(new Set(keys).size).toBe(1);
  });
});
