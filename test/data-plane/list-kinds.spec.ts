import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '../clients/client.fixtures.js';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { PROJECTS, readCounter, sdk } from './list.fixtures.js';
import { json, outcomeOf, Tenant } from './ownership.fixtures.js';

describe('lists of other kinds', () => {
  let proxy: ProxyHarness;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: PROJECTS });
  });
  afterAll(() => proxy.stop());

  it('show caches', async () => {
    const made: Record<string, (string | undefined)[]> = { one: [], other: [] };
    for (const client of ['one', 'other', 'one', 'one', 'other', 'one', 'one']) {
      const ai = await sdk(proxy, client);
      const cache = await ai.caches.create({ model: MODEL, config: { contents: 'a long document', ttl: '300s' } });
      made[client]?.push(cache.name);
    }
    for (const client of ['one', 'other']) {
      const listed = await collect(await (await sdk(proxy, client)).caches.list({ config: { pageSize: 2 } }));
      expect(listed.map(({ name }) => name).toSorted()).toEqual(made[client]?.toSorted());
    }
  });

  it('show batches', async () => {
    const [one, other] = [await sdk(proxy, 'one'), await sdk(proxy, 'other')];
    const src = [{ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }];
    const names: (string | undefined)[] = [];
    for (let made = 0; made < 4; made += 1) {
      names.push((await one.batches.create({ model: MODEL, src })).name);
      await other.batches.create({ model: MODEL, src });
    }
    const listed = await collect(await one.batches.list({ config: { pageSize: 1 } }));
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  it('give a client the results of its batches, which nobody else can read', async () => {
    const [one, other] = [await Tenant.of(proxy, 'one'), await Tenant.of(proxy, 'other')];
    const request = { contents: [{ parts: [{ text: 'hello' }] }] };
    const file = await one.upload(JSON.stringify({ key: 'a', request }));
    const batch = { batch: { displayName: 'b', inputConfig: { fileName: file.name } } };
    const { name } = await json<{ name: string }>(one.post(`/v1beta/models/${MODEL}:batchGenerateContent`, batch));
    // It becomes ready while nobody asks for it through the proxy.
    for (const project of [...PROJECTS, ...PROJECTS]) {
      await (await fetch(`${proxy.emulator.url}/v1beta/${name}?key=${keyText(project)}`)).arrayBuffer();
    }
    const { operations } = await json<{ operations: { name: string; response?: { responsesFile: string } }[] }>(
      one.fetch('/v1beta/batches'),
    );
    const results = operations.find((operation) => operation.name === name)?.response?.responsesFile;
    expect(results).toBeDefined();
    expect(await outcomeOf(other.fetch(`/v1beta/${results}:download?alt=media`))).toBe('404 resource_not_found');
    expect(await outcomeOf(one.fetch(`/v1beta/${results}:download?alt=media`))).toBe('200 upstream');
  });

  it('show operations of a model', async () => {
    const [one, other] = [await Tenant.of(proxy, 'one'), await Tenant.of(proxy, 'other')];
    const path = '/v1beta/models/veo-3.1-generate-preview';
    const start = (tenant: Tenant) =>
      json<{ name: string }>(tenant.post(`${path}:predictLongRunning`, { instances: [{ prompt: 'a cat' }] }));
    const own = [(await start(one)).name, (await start(one)).name];
    await start(other);
    const { operations } = await json<{ operations: { name: string }[] }>(one.fetch(`${path}/operations`));
    expect(operations.map(({ name }) => name).toSorted()).toEqual(own.toSorted());
  });

  it('read five pages of upstream in a call and no more, and find what lies behind them', async () => {
    const [one, other] = [await Tenant.of(proxy, 'one'), await Tenant.of(proxy, 'other')];
    const store = (tenant: Tenant) => json<{ name: string }>(tenant.post('/v1beta/fileSearchStores', {}));
    // A page has twenty stores at most, and projects take turns.
    for (let made = 0; made < 3 * 110; made += 1) await store(other);
    const own = [(await store(one)).name, (await store(one)).name, (await store(one)).name];
    const asked = readCounter(proxy);
    const found: string[] = [];
    let token = '';
    do {
      const response = one.fetch(`/v1beta/fileSearchStores?pageSize=1&pageToken=${token}`);
      const { fileSearchStores = [], nextPageToken = '' } = await json<{
        fileSearchStores?: { name: string }[];
        nextPageToken?: string;
      }>(response);
      expect(asked()).toBeLessThanOrEqual(5);
      found.push(...fileSearchStores.map(({ name }) => name));
      token = nextPageToken;
    } while (token !== '');
    expect(found.toSorted()).toEqual(own.toSorted());
  }, 30_000);

  it('inside a store go to its project whole', async () => {
    const one = await Tenant.of(proxy, 'one');
    const { name } = await json<{ name: string }>(one.post('/v1beta/fileSearchStores', {}));
    const documents = `/v1beta/${name}/documents`;
    expect(await outcomeOf(one.fetch(documents))).toBe('200 upstream');
    expect(await outcomeOf((await Tenant.of(proxy, 'other')).fetch(documents))).toBe('404 resource_not_found');
  });
});
