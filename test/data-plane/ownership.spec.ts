import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { type FileJson, json, NOT_FOUND, OK, outcomeOf, Tenant } from './ownership.fixtures.js';

/** The project of the last call that upstream saw. */
const lastKey = (proxy: ProxyHarness): string | undefined => proxy.emulator.requests.at(-1)?.key;

describe('what a client makes', () => {
  let proxy: ProxyHarness;
  let alice: Tenant;
  let bob: Tenant;
  let root: Tenant;
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'] });
    alice = await Tenant.of(proxy, 'alice');
    bob = await Tenant.of(proxy, 'bob');
    root = await Tenant.of(proxy, 'root', ['project:admin']);
    // From here on the proxy knows that it is shared.
    for (const tenant of [alice, bob]) await outcomeOf(tenant.generate([]));
  });
  afterAll(() => proxy.stop());

  const upstreamCalls = (): number => proxy.emulator.requests.length;

  it('can be read, used and deleted by that client, whatever project it lies in', async () => {
    for (let round = 0; round < 4; round += 1) {
      const file = await alice.upload();
      expect(await outcomeOf(alice.fetch(`/v1beta/${file.name}`))).toBe(OK);
      expect(await outcomeOf(alice.generateWith(file.uri))).toBe(OK);
      expect(await outcomeOf(alice.delete(`/v1beta/${file.name}`))).toBe(OK);
    }
    expect(new Set(proxy.emulator.requests.map(({ key }) => key))).toEqual(new Set([keyText('a'), keyText('b')]));
  });

  it("is not there for any other client, in Google's own shape, and upstream is not even asked", async () => {
    const file = await alice.upload();
    const before = upstreamCalls();
    const refusals = await Promise.all([
      bob.fetch(`/v1beta/${file.name}`),
      bob.fetch(`/v1beta/${file.name}:download?alt=media`),
      bob.fetch(`/download/v1beta/${file.name}:download?alt=media`),
      bob.delete(`/v1beta/${file.name}`),
      bob.generateWith(file.uri),
      bob.generateWith(`${proxy.emulator.url}/v1beta/${file.name}`),
      bob.generateWith(file.name),
      bob.post(`/v1beta/models/${MODEL}:countTokens`, {
        generateContentRequest: { contents: [{ parts: [{ file_data: { file_uri: file.uri } }] }] },
      }),
      bob.post(
        `/v1beta/models/${MODEL}:generateContent`,
        `{'contents':[{parts:[{'file\\u0044ata':{'f\\ileUri':'${file.name}'}}]}]}`,
      ),
    ]);
    expect(await Promise.all(refusals.map(outcomeOf))).toEqual(refusals.map(() => NOT_FOUND));
    const { error } = await json<{ error: { code: number; status: string; message: string } }>(
      bob.fetch(`/v1beta/${file.name}`),
    );
    expect(error).toMatchObject({ code: 404, status: 'NOT_FOUND' });
    const missing = await json<{ error: { message: string } }>(bob.fetch('/v1beta/files/never-was'));
    expect(error.message.replace(file.name, '')).toBe(missing.error.message.replace('files/never-was', ''));
    expect(upstreamCalls()).toBe(before);
    expect(await outcomeOf(alice.generateWith(file.uri))).toBe(OK);
  });

  it('can be handled by an administrator, for whose owner it stays', async () => {
    const file = await alice.upload();
    expect(await outcomeOf(root.fetch(`/v1beta/${file.name}`))).toBe(OK);
    expect(await outcomeOf(bob.fetch(`/v1beta/${file.name}`))).toBe(NOT_FOUND);
    expect(await outcomeOf(alice.fetch(`/v1beta/${file.name}`))).toBe(OK);
  });

  it('cannot be used together with something that lies in another project, and the refusal names both', async () => {
    const files = [await alice.upload(), await alice.upload()];
    const before = upstreamCalls();
    const response = await alice.generateWith(...files.map(({ uri }) => uri));
    expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([400, 'owners_conflict']);
    const { error } = await json<{ error: { message: string } }>(response);
    for (const { name } of files) expect(error.message).toContain(name);
    expect(upstreamCalls()).toBe(before);
  });

  it('is named by URIs of the proxy, which work in both directions', async () => {
    const file = await alice.upload('the content');
    expect(file.uri).toBe(`${proxy.url}/v1beta/${file.name}`);
    expect(await json<FileJson>(alice.fetch(file.uri))).toMatchObject({ name: file.name, uri: file.uri });
    expect(await outcomeOf(alice.generateWith(file.uri))).toBe(OK);
    expect(proxy.emulator.requests.at(-1)?.body).toContain(`"${proxy.emulator.url}/v1beta/${file.name}"`);
    const download = await alice.fetch(`${file.uri}:download?alt=media`);
    expect(await download.text()).toBe('the content');
    expect(await outcomeOf(bob.fetch(`${file.uri}:download?alt=media`))).toBe(NOT_FOUND);
  });

  it('keeps its name for its maker when another client chooses the same one elsewhere', async () => {
    const name = 'files/report';
    expect((await alice.upload('of alice', { name })).name).toBe(name);
    let bobs = await bob.upload('of bob', { name }).catch(() => undefined);
    // The second one lands where the name is taken, or beside it.
    bobs ??= await bob.upload('of bob', { name });
    expect(bobs.name).toBe(name);
    const read = async (tenant: Tenant): Promise<string> =>
      (await tenant.fetch(`/v1beta/${name}:download?alt=media`)).text();
    expect([await read(alice), await read(bob)]).toEqual(['of alice', 'of bob']);
  });

  it('belongs to whoever made it anew under the name of something that is gone', async () => {
    const name = 'files/reused';
    await alice.upload('of alice', { name });
    const key = lastKey(proxy);
    // Gone at Google, and nobody told the proxy.
    for (const id of ['a', 'b']) {
      await outcomeOf(
        fetch(`${proxy.emulator.url}/v1beta/${name}`, { method: 'DELETE', headers: { 'x-goog-api-key': keyText(id) } }),
      );
    }
    let made = '';
    for (let round = 0; round < 2 && made !== key; round += 1) {
      await bob.upload('of bob', { name });
      made = lastKey(proxy) ?? '';
    }
    expect(made).toBe(key);
    expect(await outcomeOf(bob.fetch(`/v1beta/${name}`))).toBe(OK);
  });

  it('is a cache that only its maker can use, on the project that has it', async () => {
    for (let round = 0; round < 2; round += 1) {
      const cache = await json<{ name: string }>(
        alice.post('/v1beta/cachedContents', {
          model: `models/${MODEL}`,
          contents: [{ role: 'user', parts: [{ text: 'long '.repeat(99) }] }],
        }),
      );
      for (let again = 0; again < 2; again += 1) {
        expect(await outcomeOf(alice.generate([], { cachedContent: cache.name }))).toBe(OK);
      }
      expect(await outcomeOf(bob.generate([], { cached_content: cache.name }))).toBe(NOT_FOUND);
      expect(await outcomeOf(bob.fetch(`/v1beta/${cache.name}`, { method: 'PATCH', body: '{"ttl":"9s"}' }))).toBe(
        NOT_FOUND,
      );
      expect(await outcomeOf(alice.delete(`/v1beta/${cache.name}`))).toBe(OK);
    }
  });

  it("is a batch whose result file is its maker's alone", async () => {
    const line = JSON.stringify({ key: '1', request: { contents: [{ parts: [{ text: 'hello' }] }] } });
    const input = await alice.upload(`${line}\n`);
    const create = (tenant: Tenant): Promise<Response> =>
      tenant.post(`/v1beta/models/${MODEL}:batchGenerateContent`, {
        batch: { displayName: 'b', inputConfig: { fileName: input.name } },
      });
    expect(await outcomeOf(create(bob))).toBe(NOT_FOUND);
    const batch = await json<{ name: string }>(create(alice));
    interface BatchJson {
      readonly done?: boolean;
      readonly response?: { readonly responsesFile: string };
    }
    let state: BatchJson = {};
    for (let look = 0; look < 5 && state.done !== true; look += 1) {
      state = await json<BatchJson>(alice.fetch(`/v1beta/${batch.name}`));
    }
    const result = state.response?.responsesFile ?? '';
    expect(result).toMatch(/^files\/batch-/);
    expect(await outcomeOf(bob.fetch(`/v1beta/${batch.name}`))).toBe(NOT_FOUND);
    expect(await outcomeOf(bob.fetch(`/v1beta/${result}:download?alt=media`))).toBe(NOT_FOUND);
    expect(await (await alice.fetch(`/v1beta/${result}:download?alt=media`)).text()).toContain('"key":"1"');
  });

  it('is a video whose URI leads to the proxy, and to its maker alone', async () => {
    const operation = await json<{ name: string }>(
      alice.post('/v1beta/models/veo-3.1-generate-preview:predictLongRunning', { instances: [{ prompt: 'a cat' }] }),
    );
    expect(operation.name).toMatch(/^models\/veo-3.1-generate-preview\/operations\//);
    interface OperationJson {
      readonly done?: boolean;
      readonly response?: {
        readonly generateVideoResponse: {
          readonly generatedSamples: readonly { readonly video: { readonly uri: string } }[];
        };
      };
    }
    let state: OperationJson = {};
    for (let look = 0; look < 5 && state.done !== true; look += 1) {
      state = await json<OperationJson>(alice.fetch(`/v1beta/${operation.name}`));
    }
    const uri = state.response?.generateVideoResponse.generatedSamples[0]?.video.uri ?? '';
    expect(uri).toMatch(new RegExp(`^${proxy.url}/v1beta/files/[^:]+:download\\?alt=media$`));
    expect(await outcomeOf(alice.fetch(uri))).toBe(OK);
    expect(await outcomeOf(bob.fetch(uri))).toBe(NOT_FOUND);
    expect(await outcomeOf(bob.fetch(`/v1beta/${operation.name}`))).toBe(NOT_FOUND);
    const more = { instances: [{ prompt: 'go on', video: { uri } }] };
    expect(await outcomeOf(bob.post('/v1beta/models/veo-3.1-generate-preview:predictLongRunning', more))).toBe(
      NOT_FOUND,
    );
    expect(await outcomeOf(alice.post('/v1beta/models/veo-3.1-generate-preview:predictLongRunning', more))).toBe(OK);
  });

  it('is a store with all that it holds', async () => {
    for (let round = 0; round < 2; round += 1) {
      const store = await json<{ name: string }>(alice.post('/v1beta/fileSearchStores', { displayName: 'docs' }));
      const upload = await alice.fetch(`/upload/v1beta/${store.name}:uploadToFileSearchStore`, {
        method: 'POST',
        headers: { 'x-goog-upload-protocol': 'raw', 'content-type': 'text/plain' },
        body: 'a document',
      });
      const operation = await json<{ name: string }>(upload);
      expect(operation.name).toContain(`${store.name}/operations/`);
      const stranger = [operation.name, store.name, `${store.name}/documents`].map((name) =>
        bob.fetch(`/v1beta/${name}`),
      );
      expect(await Promise.all(stranger.map(outcomeOf))).toEqual([NOT_FOUND, NOT_FOUND, NOT_FOUND]);
      const search = { tools: [{ fileSearch: { fileSearchStoreNames: [store.name] } }] };
      expect(await outcomeOf(bob.generate([], search))).toBe(NOT_FOUND);
      expect(await outcomeOf(alice.generate([], search))).toBe(OK);
      const { documents } = await json<{ documents: { name: string }[] }>(
        alice.fetch(`/v1beta/${store.name}/documents`),
      );
      expect(await outcomeOf(alice.delete(`/v1beta/${documents[0]?.name ?? ''}`))).toBe(OK);
      // What was deleted was a part: the store is still alice's.
      expect(await outcomeOf(alice.fetch(`/v1beta/${store.name}`))).toBe(OK);
      expect(await outcomeOf(alice.delete(`/v1beta/${store.name}`))).toBe(OK);
    }
  });

  it('takes an import into a store only of what lies in the same project', async () => {
    const store = await json<{ name: string }>(alice.post('/v1beta/fileSearchStores', {}));
    const home = lastKey(proxy);
    const outcomes = new Map<boolean, string>();
    while (outcomes.size < 2) {
      const file = await alice.upload();
      const isNear = lastKey(proxy) === home;
      outcomes.set(isNear, await outcomeOf(alice.post(`/v1beta/${store.name}:importFile`, { fileName: file.name })));
    }
    expect(outcomes).toEqual(
      new Map([
        [true, OK],
        [false, '400 owners_conflict'],
      ]),
    );
  });

  it.each([false, true])('is an interaction that only its maker continues (streamed: %s)', async (stream) => {
    for (let round = 0; round < 2; round += 1) {
      const begun = await alice.post('/v1beta/interactions', { model: MODEL, input: 'hello', stream });
      const id = /"id":\s?"(v1_[\w-]+)"/.exec(await begun.text())?.[1] ?? '';
      expect(id).not.toBe('');
      const next = { model: MODEL, input: 'and then', previous_interaction_id: id };
      expect(await outcomeOf(alice.post('/v1beta/interactions', next))).toBe(OK);
      expect(await outcomeOf(alice.fetch(`/v1beta/interactions/${id}`))).toBe(OK);
      expect(await outcomeOf(alice.fetch(`/v1beta/interactions/${id}?stream=true`))).toBe(OK);
      const refused = await bob.post('/v1beta/interactions', next);
      expect(await json(refused)).toMatchObject({ error: { code: 'not_found', message: expect.stringContaining(id) } });
      expect(await outcomeOf(bob.fetch(`/v1beta/interactions/${id}`))).toBe(NOT_FOUND);
      expect(await outcomeOf(bob.post(`/v1beta/interactions/${id}/cancel`, {}))).toBe(NOT_FOUND);
      expect(await outcomeOf(bob.delete(`/v1beta/interactions/${id}`))).toBe(NOT_FOUND);
      expect(await outcomeOf(alice.delete(`/v1beta/interactions/${id}`))).toBe(OK);
      expect(await outcomeOf(alice.fetch(`/v1beta/interactions/${id}`))).toBe(NOT_FOUND);
    }
  });

  it('is noted although the caller masks the answer', async () => {
    const response = await alice.fetch('/upload/v1beta/files?fields=file.mimeType', {
      method: 'POST',
      headers: { 'x-goog-upload-protocol': 'raw', 'content-type': 'text/plain' },
      body: 'x',
    });
    const { file } = await json<{ file: FileJson }>(response);
    expect(await outcomeOf(alice.fetch(`/v1beta/${file.name}`))).toBe(OK);
  });

  it.each([
    ['/v1beta/webhooks', '404 upstream'],
    ['/v1beta/somethingNew', '404 upstream'],
    ['/v1beta/environments/e', '404 upstream'],
  ])("never opens %s, which is everybody's, but to administrators, on one project", async (path, asAdmin) => {
    expect(await outcomeOf(bob.fetch(path))).toBe('403 scope_missing');
    for (let round = 0; round < 2; round += 1) {
      expect(await outcomeOf(root.fetch(path))).toBe(asAdmin);
      expect(lastKey(proxy)).toBe(keyText('a'));
    }
  });

  it.each(['application/x-protobuf', 'application/json+protobuf', 'application/json; charset=utf-16'])(
    'cannot be reached by a body of %s, which is not looked into',
    async (type) => {
      const init = { method: 'POST', headers: { 'content-type': type }, body: '[]' };
      expect(await outcomeOf(bob.fetch(`/v1beta/models/${MODEL}:generateContent`, init))).toBe(
        '415 media_type_unsupported',
      );
    },
  );

  it('is told in JSON alone, which can be looked into', async () => {
    for (const path of ['/v1beta/files?alt=proto', '/v1beta/cachedContents?alt=proto']) {
      expect(await outcomeOf(alice.post(path, {}))).toBe('400 parameter_refused');
    }
  });
});
