import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { collect, thrownBy } from '../clients/client.fixtures.js';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { json, outcomeOf, Tenant } from './ownership.fixtures.js';

interface ModelsPage {
  readonly models?: { readonly name: string; readonly displayName?: string }[];
  readonly nextPageToken?: string;
}

/** The last one is the name of a model, which it hides from calls but not from the list. */
const ALIASES = { fast: MODEL, cheap: 'gemini-3.5-flash-lite', gone: 'no-such-model', 'gemini-2.5-pro': MODEL };

const isAlias = (name = ''): boolean => /^models\/(?:fast|cheap|gone)$/.test(name);

describe('the list of models', () => {
  let proxy: ProxyHarness;
  let ai: GoogleGenAI;
  let one: Tenant;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['x', 'y', 'z'], config: { gemini: { aliases: ALIASES } } });
    ai = new GoogleGenAI({ apiKey: await proxy.tokenFor('one'), httpOptions: { baseUrl: proxy.url } });
    one = await Tenant.of(proxy, 'one');
  });
  afterAll(() => proxy.stop());

  it.each([1, 5, 50, 1000])('shows every model and every alias once, %d at a time', async (pageSize) => {
    const names = (await collect(await ai.models.list({ config: { pageSize } }))).map(({ name }) => name ?? '');
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter(isAlias).toSorted()).toEqual(['models/cheap', 'models/fast']);
    expect(names.length).toBeGreaterThan(25);
  });

  it('gives no more than were asked for', async () => {
    const { models = [], nextPageToken } = await json<ModelsPage>(one.fetch('/v1beta/models?pageSize=3'));
    expect([models.length, typeof nextPageToken]).toEqual([3, 'string']);
  });

  it('says what an alias stands for, and is the model itself in everything else', async () => {
    const { models = [] } = await json<ModelsPage>(one.fetch('/v1beta/models'));
    const [target, alias] = [MODEL, 'fast'].map((name) => models.find((model) => model.name === `models/${name}`));
    expect(alias).toEqual({ ...target, name: 'models/fast', displayName: `fast (stands for ${MODEL})` });
  });

  it('goes on for none but the same client', async () => {
    const { nextPageToken = '' } = await json<ModelsPage>(one.fetch('/v1beta/models?pageSize=3'));
    const path = `/v1beta/models?pageSize=3&pageToken=${nextPageToken}`;
    expect(await outcomeOf(one.fetch(path))).toBe('200 upstream');
    expect(await outcomeOf((await Tenant.of(proxy, 'other')).fetch(path))).toBe('400 page_token_invalid');
  });

  it('is shown to OpenAI clients, on both base URLs', async () => {
    for (const base of ['/v1beta/openai/', '/openai/v1']) {
      const openai = new OpenAI({ apiKey: await proxy.tokenFor('one'), baseURL: `${proxy.url}${base}` });
      const models = await collect(await openai.models.list());
      expect(
        models
          .map(({ id }) => id)
          .filter(isAlias)
          .toSorted(),
      ).toEqual(['models/cheap', 'models/fast']);
      expect(models.filter(({ id }) => id === 'models/gemini-2.5-pro')).toHaveLength(1);
      expect(await openai.models.retrieve('fast')).toMatchObject({
        id: 'models/fast',
        object: 'model',
        display_name: `fast (stands for ${MODEL})`,
      });
    }
  });

  it('has an entry for each alias, under its name', async () => {
    const target = await ai.models.get({ model: MODEL });
    const { name, displayName, inputTokenLimit } = await ai.models.get({ model: 'fast' });
    expect([name, displayName]).toEqual(['models/fast', `fast (stands for ${MODEL})`]);
    expect(inputTokenLimit).toBe(target.inputTokenLimit);
    expect(proxy.emulator.requests.at(-1)?.path).toBe(`/v1/models/${MODEL}`);
  });

  it('hands on that the model behind an alias does not exist', async () => {
    expect(await thrownBy(ai.models.get({ model: 'gone' }))).toMatchObject({ status: 404 });
  });

  it('answers HEAD without a body', async () => {
    const response = await one.fetch('/v1beta/models', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('a list of more models than one page of upstream holds', () => {
  it('goes on at the project that gave the page', async () => {
    const extra = Array.from({ length: 1_200 }, (_, index) => ({ name: `tuned-${index}` }));
    const proxy = await ProxyHarness.start({
      keys: ['x', 'y', 'z'],
      scenario: { models: extra },
      config: { gemini: { aliases: { fast: MODEL } } },
    });
    try {
      const ai = new GoogleGenAI({ apiKey: proxy.token, httpOptions: { baseUrl: proxy.url } });
      const names = (await collect(await ai.models.list({ config: { pageSize: 400 } }))).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => name?.startsWith('models/tuned-'))).toHaveLength(extra.length);
      expect(names.filter((name) => name === 'models/fast')).toHaveLength(1);
    } finally {
      await proxy.stop();
    }
  });
});
