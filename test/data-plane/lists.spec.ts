import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GoogleGenAI } from '@google/genai';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { OwnerRegistry } from '../../src/balancer/affinity/owner-registry.js';
import { Health } from '../../src/balancer/health/health.js';
import { collect } from '../clients/client.fixtures.js';
import { keyText, MODEL, ProxyHarness, type ProxyOptions } from '../support/proxy.harness.js';
import { type FileJson, json, outcomeOf, Tenant } from './ownership.fixtures.js';

interface FilesPage {
  readonly files?: FileJson[];
  readonly nextPageToken?: string;
}

const PROJECTS = ['x', 'y', 'z'];
const INVALID = '400 page_token_invalid';

const withProxy = async (options: ProxyOptions, use: (proxy: ProxyHarness) => Promise<void>): Promise<void> => {
  const proxy = await ProxyHarness.start({ keys: PROJECTS, ...options });
  try {
    await use(proxy);
  } finally {
    await proxy.stop();
  }
};

const sdk = async (proxy: ProxyHarness, client: string): Promise<GoogleGenAI> =>
  new GoogleGenAI({ apiKey: await proxy.tokenFor(client), httpOptions: { baseUrl: proxy.url } });

/** Makes an empty file at one project, behind the proxy's back. */
const makeAt = (proxy: ProxyHarness, project: string, name: string): Promise<FileJson> =>
  fetch(`${proxy.emulator.url}/v1beta/files?key=${keyText(project)}`, {
    method: 'POST',
    body: JSON.stringify({ file: { name } }),
  }).then(async (response) => ((await response.json()) as { file: FileJson }).file);

const make = async (tenant: Tenant): Promise<string> =>
  (await json<{ file: FileJson }>(tenant.post('/v1beta/files', { file: {} }))).file.name;

const makeSeveral = async (tenant: Tenant, count: number): Promise<string[]> => {
  const names: string[] = [];
  for (let made = 0; made < count; made += 1) names.push(await make(tenant));
  return names.toSorted();
};

/** How often upstream was asked for lists since it was last asked here. */
const listCounter = (proxy: ProxyHarness): (() => number) => {
  let before = 0;
  const count = (): number => proxy.emulator.requests.filter(({ method }) => method === 'GET').length;
  before = count();
  return () => {
    const since = count() - before;
    before += since;
    return since;
  };
};

const page = (tenant: Tenant, query = ''): Promise<FilesPage> => json(tenant.fetch(`/v1beta/files${query}`));
const namesOf = ({ files = [] }: FilesPage): string[] => files.map(({ name }) => name);

describe('a list of files over three projects that two clients share', () => {
  let proxy: ProxyHarness;
  let [one, other]: Tenant[] = [];
  let ofOne: string[];
  let ofOther: string[];
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: PROJECTS });
    [one, other] = [await Tenant.of(proxy, 'one'), await Tenant.of(proxy, 'other')];
    ofOther = await makeSeveral(other, 4);
    ofOne = await makeSeveral(one, 8);
    ofOther = [...ofOther, ...(await makeSeveral(other, 4))].toSorted();
  });
  afterAll(() => proxy.stop());

  it.each([1, 2, 3, 7, 100])('shows a client its own, each once, %d at a time, to the SDK', async (pageSize) => {
    for (const [client, own] of [
      ['one', ofOne],
      ['other', ofOther],
    ] as const) {
      const ai = await sdk(proxy, client);
      const files = await collect(await ai.files.list({ config: { pageSize } }));
      expect(files.map((file) => file.name).toSorted()).toEqual(own);
    }
  });

  it('has as many items on a page as were asked for, and none is empty', async () => {
    for (let token = '', left = ofOne.length; left > 0; left -= 3) {
      const { files, nextPageToken } = await page(one!, `?page_size=3&page_token=${token}`);
      expect(files).toHaveLength(Math.min(3, left));
      expect(nextPageToken === undefined).toBe(left <= 3);
      token = nextPageToken ?? '';
    }
  });

  it('is asked of one project after the other, with one call for each as long as pages are large', async () => {
    const asked = listCounter(proxy);
    await page(one!, '?pageSize=100');
    expect(asked()).toBe(3);
    const projects = proxy.emulator.requests.slice(-3).map(({ project }) => project);
    expect(projects).toEqual(PROJECTS.map(keyText));
  });

  it('names files by URIs of the proxy that work', async () => {
    const { files = [] } = await page(one!);
    for (const { name, uri } of files) {
      expect(uri).toBe(`${proxy.url}/v1beta/${name}`);
      expect(await outcomeOf(one!.fetch(uri))).toBe('200 upstream');
    }
  });

  it('goes on for none but the same client, path and filter', async () => {
    const { nextPageToken = '' } = await page(one!, '?pageSize=2&foo=bar');
    const query = `?pageSize=2&foo=bar&pageToken=${nextPageToken}`;
    expect(await outcomeOf(one!.fetch(`/v1beta/files${query}`))).toBe('200 upstream');
    expect(await outcomeOf(other!.fetch(`/v1beta/files${query}`))).toBe(INVALID);
    expect(await outcomeOf(one!.fetch(`/v1beta/cachedContents${query}`))).toBe(INVALID);
    expect(await outcomeOf(one!.fetch(`/v1beta/files${query}&fields=files`))).toBe(INVALID);
    expect(await outcomeOf(one!.fetch(`/v1beta/files?pageSize=2&foo=baz&pageToken=${nextPageToken}`))).toBe(INVALID);
    expect(await outcomeOf(one!.fetch(`/v1beta/files${query.replace(/..$/, 'AA')}`))).toBe(INVALID);
    // The size of a page may change on the way (aip.dev/158).
    expect(await outcomeOf(one!.fetch(`/v1beta/files${query.replace('=2', '=1')}`))).toBe('200 upstream');
  });

  it('tells whose page token is refused what to do', async () => {
    const response = await one!.fetch('/v1beta/files?pageToken=x');
    expect(await response.json()).toMatchObject({
      error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('Begin the list again') },
    });
  });

  it('is empty for whoever has nothing, and upstream is not even asked', async () => {
    const asked = listCounter(proxy);
    const nobody = await Tenant.of(proxy, 'nobody');
    expect(await page(nobody)).toEqual({});
    expect(await json(nobody.fetch('/v1beta/openai/batches'))).toEqual({
      object: 'list',
      data: [],
      first_id: null,
      last_id: null,
      has_more: false,
    });
    expect(asked()).toBe(0);
  });

  it('shows an administrator of the projects everything', async () => {
    const admin = await Tenant.of(proxy, 'root', ['project:admin']);
    expect(namesOf(await page(admin, '?pageSize=100')).toSorted()).toEqual([...ofOne, ...ofOther].toSorted());
    const ai = new GoogleGenAI({
      apiKey: await proxy.tokenFor('root', ['project:admin']),
      httpOptions: { baseUrl: proxy.url },
    });
    expect(await collect(await ai.files.list({ config: { pageSize: 5 } }))).toHaveLength(16);
  });

  it('keeps what nobody owns from both clients', async () => {
    const { name } = await makeAt(proxy, 'x', 'files/found');
    expect(namesOf(await page(one!, '?pageSize=100'))).not.toContain(name);
    expect(namesOf(await page(other!, '?pageSize=100'))).not.toContain(name);
  });

  it('is put together although the caller masks the answer', async () => {
    const { files = [], nextPageToken } = await page(one!, '?pageSize=2&fields=files(displayName)');
    expect(files).toHaveLength(2);
    expect(nextPageToken).toBeDefined();
  });

  it.each(['-1', 'ten', '1.5'])('has no page of the size %s', async (size) => {
    expect(await outcomeOf(one!.fetch(`/v1beta/files?pageSize=${size}`))).toBe('400 parameter_refused');
  });

  it('answers HEAD without a body, and without asking upstream', async () => {
    const asked = listCounter(proxy);
    const response = await one!.fetch('/v1beta/files', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=UTF-8']);
    expect([await response.text(), asked()]).toEqual(['', 0]);
  });

  it('is one line of the audit, with its attempts', async () => {
    await page(one!, '?pageSize=100');
    const line = (await proxy.auditedCalls()).at(-1);
    expect(line).toMatchObject({
      action: 'GET /v1beta/files',
      result: 'Success',
      actor: { id: 'one' },
      details: { status: 200, attempts: 3, ended: 'complete', key: 'z' },
    });
  });

  it('survives a restart, page tokens included', async () => {
    const first = await page(one!, '?pageSize=3');
    await proxy.restart();
    const rest = await page(one!, `?pageSize=100&pageToken=${first.nextPageToken ?? ''}`);
    expect([...namesOf(first), ...namesOf(rest)].toSorted()).toEqual(ofOne);
    expect(namesOf(await page(other!, '?pageSize=100')).toSorted()).toEqual(ofOther);
  });
});

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
    const asked = listCounter(proxy);
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

/** An upstream whose projects have these batches, in pages of `limit` behind the item `after`. */
const batchesUpstream = async (batches: Readonly<Record<string, readonly string[]>>): Promise<Server> => {
  const server = createServer((request, response) => {
    const project = PROJECTS.find((id) => request.headers.authorization === `Bearer ${keyText(id)}`) ?? '';
    const query = new URL(request.url ?? '', 'http://upstream').searchParams;
    const ids = batches[project] ?? [];
    const start = ids.indexOf(query.get('after') ?? '') + 1;
    const page = ids.slice(start, start + Number(query.get('limit')));
    const data = page.map((id) => ({ id, object: 'batch', status: 'completed' }));
    const more = start + page.length < ids.length;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', data, has_more: more, first_id: page[0], last_id: page.at(-1) }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

describe('a list of the OpenAI routes', () => {
  it('goes over the projects by the id of the last item', async () => {
    const x = Array.from({ length: 9 }, (_, index) => `batches/x${index}`);
    const z = ['batches/z0', 'batches/z1'];
    const server = await batchesUpstream({ x, y: ['batches/y0'], z });
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await withProxy({ baseUrl }, async (proxy) => {
      const row = { kind: 'batches', model: null, createdAtMs: Date.now(), expiresAtMs: null };
      const rows = (client: string, project: string, ids: readonly string[]) =>
        ids.map((resource) => ({ ...row, client, project, resource }));
      const [ofOne, ofOther] = [x.filter((_, index) => index % 4 !== 1), x.filter((_, index) => index % 4 === 1)];
      const owners = proxy.application.get(OwnerRegistry);
      await owners.record([...rows('one', 'x', ofOne), ...rows('other', 'x', ofOther), ...rows('one', 'z', z)]);
      const other = await Tenant.of(proxy, 'other');
      await outcomeOf(other.fetch('/v1beta/models'));
      const openai = new OpenAI({ apiKey: await proxy.tokenFor('one'), baseURL: `${proxy.url}/openai/v1` });
      for (const limit of [1, 2, 3, 100]) {
        const listed = await collect(await openai.batches.list({ limit }));
        expect(listed.map(({ id }) => id)).toEqual([...ofOne, ...z]);
      }
      const first = await openai.batches.list({ limit: 2 }).asResponse();
      expect(await first.json()).toMatchObject({
        object: 'list',
        first_id: ofOne[0],
        last_id: ofOne[1],
        has_more: true,
      });
      expect(await outcomeOf(other.fetch(`/v1beta/openai/batches?after=${ofOne[1]}`))).toBe(INVALID);
    });
    server.close();
  });
});

describe('a list while there is a single client', () => {
  it('shows what nobody owns, which is that client’s from then on', async () => {
    await withProxy({}, async (proxy) => {
      const one = await Tenant.of(proxy, 'one');
      const names = ['files/a', 'files/b', 'files/c'];
      for (const [index, project] of PROJECTS.entries()) await makeAt(proxy, project, names[index] ?? '');
      expect(namesOf(await page(one)).toSorted()).toEqual(names);
      const other = await Tenant.of(proxy, 'other');
      await make(other);
      for (const name of names) {
        expect(await outcomeOf(one.fetch(`/v1beta/${name}`))).toBe('200 upstream');
        expect(await outcomeOf(other.fetch(`/v1beta/${name}`))).toBe('404 resource_not_found');
      }
      expect(namesOf(await page(other))).toHaveLength(1);
      expect(namesOf(await page(one)).toSorted()).toEqual(names);
    });
  });

  it('does without a project that is only guessed to have something', async () => {
    await withProxy({}, async (proxy) => {
      const one = await Tenant.of(proxy, 'one');
      await makeAt(proxy, 'z', 'files/a');
      proxy.emulator.setKeyState(keyText('x'), 'expired');
      expect(namesOf(await page(one))).toEqual(['files/a']);
    });
  });

  it('is an error when no project with anything answers', async () => {
    await withProxy({ keys: ['x'] }, async (proxy) => {
      proxy.emulator.setKeyState(keyText('x'), 'expired');
      expect(await outcomeOf((await Tenant.of(proxy, 'one')).fetch('/v1beta/files'))).toMatch(/^502/);
    });
  });

  it('keeps it back where the operator says so', async () => {
    await withProxy({ config: { gemini: { affinity: { unowned: 'deny' } } } }, async (proxy) => {
      await makeAt(proxy, 'x', 'files/a');
      expect(await page(await Tenant.of(proxy, 'one'))).toEqual({});
    });
  });
});

describe('a list of which one project fails', () => {
  const options = { config: { gemini: { queue: { max_wait: '0s' }, retry: { max_attempts: 1 } } } };

  it.each(['internal', 'overloaded'] as const)('loses nothing to %s in the middle', async (error) => {
    await withProxy(options, async (proxy) => {
      const [one] = [await Tenant.of(proxy, 'one'), await make(await Tenant.of(proxy, 'other'))];
      const own = await makeSeveral(one, 9);
      proxy.emulator.script({ method: 'GET', key: keyText('y') }, { kind: 'error', error }, { times: 1 });
      const first = await page(one, '?pageSize=100');
      expect(namesOf(first)).toHaveLength(3);
      const rest = await page(one, `?pageSize=100&pageToken=${first.nextPageToken ?? ''}`);
      expect([...namesOf(first), ...namesOf(rest)].toSorted()).toEqual(own);
    });
  });

  it('goes on when the quota of the project has returned', async () => {
    await withProxy(options, async (proxy) => {
      const [one] = [await Tenant.of(proxy, 'one'), await make(await Tenant.of(proxy, 'other'))];
      const own = await makeSeveral(one, 9);
      proxy.emulator.script({ method: 'GET', key: keyText('y') }, { kind: 'error', error: 'exhausted' }, { times: 1 });
      const first = await page(one, '?pageSize=100');
      const query = `?pageSize=100&pageToken=${first.nextPageToken ?? ''}`;
      expect(await outcomeOf(one.fetch(`/v1beta/files${query}`))).toBe('429 keys_exhausted');
      const { coolDowns } = proxy.application.get(Health);
      coolDowns.clearKind('quota');
      expect([...namesOf(first), ...namesOf(await page(one, query))].toSorted()).toEqual(own);
    });
  });

  it('is that error when nothing was found before', async () => {
    await withProxy(options, async (proxy) => {
      const [one] = [await Tenant.of(proxy, 'one'), await make(await Tenant.of(proxy, 'other'))];
      await makeSeveral(one, 3);
      proxy.emulator.script({ method: 'GET', key: keyText('x') }, { kind: 'error', error: 'exhausted' }, { times: 1 });
      const response = await one.fetch('/v1beta/files');
      expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([429, null]);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      await response.arrayBuffer();
    });
  });

  it('stops with the caller', async () => {
    await withProxy({}, async (proxy) => {
      const [one] = [await Tenant.of(proxy, 'one'), await make(await Tenant.of(proxy, 'other'))];
      await makeSeveral(one, 3);
      proxy.emulator.script({ method: 'GET', key: keyText('y') }, { kind: 'stall', at: 'headers' });
      const abort = new AbortController();
      const call = one.fetch('/v1beta/files', { signal: abort.signal });
      await proxy.emulator.waitFor(({ method, key }) => method === 'GET' && key === keyText('y'));
      abort.abort();
      await expect(call).rejects.toThrow();
      await proxy.emulator.waitFor(({ method, key, aborted }) => method === 'GET' && key === keyText('y') && aborted);
      const isListed = async (): Promise<boolean> =>
        (await proxy.auditedCalls()).some(
          ({ action, details }) => action.startsWith('GET') && details.ended === 'aborted',
        );
      while (!(await isListed())) await new Promise(setImmediate);
      expect(proxy.emulator.requests.some(({ method, key }) => method === 'GET' && key === keyText('z'))).toBe(false);
    });
  });
});
