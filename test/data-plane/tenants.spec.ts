import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { LiveCaller } from './live.fixtures.js';
import { type FileJson, NOT_FOUND, OK, outcomeOf, Tenant } from './ownership.fixtures.js';

const GENERATE = `/v1beta/models/${MODEL}:generateContent`;
const PROMPT = { contents: [{ parts: [{ text: 'what is this' }] }] };
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

describe('two clients of one project', () => {
  let proxy: ProxyHarness;
  let alice: Tenant;
  let bob: Tenant;
  let bobToken: string;
  let file: FileJson;
  beforeAll(async () => {
    proxy = await ProxyHarness.start();
    alice = await Tenant.of(proxy, 'alice');
    bob = await Tenant.of(proxy, 'bob');
    bobToken = await proxy.tokenFor('bob');
    for (const tenant of [alice, bob]) await outcomeOf(tenant.generate([]));
    file = await alice.upload();
  });
  afterAll(() => proxy.stop());

  const upstreamUri = (): string => `${proxy.emulator.url}/v1beta/${file.name}`;

  /** A request whose path and headers go out as they stand here; resolves with its outcome. */
  const raw = async (method: string, path: string, headers: readonly string[], body = ''): Promise<string> => {
    const { hostname, port, host } = new URL(proxy.url);
    const credential = ['host', host, 'x-goog-api-key', bobToken, 'content-length', String(Buffer.byteLength(body))];
    const call = request({ hostname, port, path, method, headers: [...credential, ...headers] });
    call.end(body);
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return `${response.statusCode} ${String(response.headers['x-gemini-proxy-fault'] ?? 'upstream')}`;
  };

  const fileTurn = (fileUri: string): object => ({
    clientContent: {
      turns: [{ role: 'user', parts: [{ fileData: { mimeType: 'text/plain', fileUri } }] }],
      turnComplete: true,
    },
  });

  const sessionOf = async (client: string): Promise<LiveCaller> =>
    LiveCaller.withToken(proxy, await proxy.tokenFor(client)).open();

  it('do not reach what is the other’s by any spelling of its path, with any method', async () => {
    const { name } = file;
    const id = name.replace('files/', '');
    const paths = [
      `/v1beta/${name}/`,
      `/v1beta//files//${id}`,
      `/v1beta/files%2f${id}`,
      `/v1beta/f%69les/${id}`,
      `/v1beta/%66iles/${id}`,
      `/v1beta/models/../${name}`,
      `/v1beta/models/x/..%2f..%2f${name}`,
      `/v1beta/models/${name}`,
      `/v1beta/corpora/../${name}`,
      `/v1/${name}`,
      `/v1alpha/${name}`,
      `/v1beta/Files/${id}`,
      `/v1beta/${name};x`,
      `/v1beta/${name}%3Fx`,
      `/v1beta/${name}%23`,
      `/v1beta/${name}:get`,
      `/download/v1beta/${name}`,
      `/upload/v1beta/${name}`,
      `/v1beta/openai/${name}`,
      `/openai/v1/files/${name}/content`,
      `/v1beta/openai/models/../${name}`,
      `/v1beta/openai/models/${name}`,
      `/v1beta/openai/models/tunedModels/x`,
      `http://elsewhere/v1beta/${name}`,
    ];
    const before = proxy.emulator.requests.length;
    for (const method of METHODS) {
      for (const path of paths) {
        const outcome = await raw(method, path, ['x-http-method-override', 'GET']);
        expect([method, path, outcome]).toEqual([method, path, expect.not.stringMatching(/^2|upstream/)]);
      }
    }
    expect(proxy.emulator.requests).toHaveLength(before);
    expect(await outcomeOf(alice.fetch(`/v1beta/${name}`))).toBe(OK);
  });

  it('do not use it by an address that is longer than anybody reads, or that names two files', async () => {
    const own = await bob.upload();
    const uris = [
      `${upstreamUri()}?${'a'.repeat(9_000)}`,
      `${upstreamUri()}?${'a'.repeat(300_000)}`,
      `${upstreamUri()}${'/'.repeat(9_000)}`,
      `${upstreamUri()}/v1beta/${own.name}`,
      `${proxy.emulator.url}/v1beta/${own.name}/v1beta/${file.name}`,
      `${' '.repeat(100)}${upstreamUri()}`,
    ];
    for (const uri of uris) expect(await outcomeOf(bob.generateWith(uri))).toBe(NOT_FOUND);
    expect(await outcomeOf(alice.generateWith(`${upstreamUri()}?${'a'.repeat(9_000)}`))).toBe(OK);
  });

  it('do not name anything in a query, which Google may read into the request', async () => {
    const queries = [
      `cachedContent=${encodeURIComponent('cachedContents/abc')}`,
      'cached_content=abc',
      'generateContentRequest.cachedContent=cachedContents/abc',
      `fileName=${file.name}`,
      `file%4Eame=${encodeURIComponent(file.name)}`,
      `batch.inputConfig.fileName=${file.name}`,
      `contents.parts.fileData.fileUri=${encodeURIComponent(upstreamUri())}`,
    ];
    for (const query of queries) {
      const outcome = await outcomeOf(alice.post(`${GENERATE}?${query}`, PROMPT));
      expect([query, outcome]).toEqual([query, '400 parameter_refused']);
    }
    expect(await outcomeOf(alice.post(`${GENERATE}?prettyPrint=false&model=${MODEL}`, PROMPT))).toBe(OK);
  });

  it('send no body whose form hides what it names', async () => {
    const body = JSON.stringify({ contents: [{ parts: [{ fileData: { fileUri: upstreamUri() } }] }] });
    const types = [
      'multipart/form-data; boundary=x',
      'multipart/related; boundary=x',
      'application/x-www-form-urlencoded',
      'application/json; charset=ucs-2',
      "application/json; charset='utf-16'",
      'application/grpc-web',
      'application/json+protobuf',
    ];
    for (const type of types) {
      const outcome = await raw('POST', GENERATE, ['content-type', type], body);
      expect([type, outcome]).toEqual([type, '415 media_type_unsupported']);
    }
    const two = ['content-type', 'application/json', 'content-type', 'application/x-protobuf'];
    expect(await raw('POST', GENERATE, two, JSON.stringify(PROMPT))).toBe('415 media_type_unsupported');
    for (const type of ['application/json; charset=UTF-8', 'application/json;charset="utf-8"', 'text/plain']) {
      expect(await raw('POST', GENERATE, ['content-type', type], JSON.stringify(PROMPT))).toBe(OK);
    }
  });

  it('do not show the other’s files to the model of a session that is under way', async () => {
    const before = proxy.emulator.requests.length;
    for (const uri of [file.uri, upstreamUri(), file.name]) {
      const session = await sessionOf('bob');
      session.say(fileTurn(uri));
      expect((await session.closed)[0]).toBe(1008);
      expect(session.messages.some(({ serverContent }) => serverContent !== undefined)).toBe(false);
    }
    expect(proxy.emulator.requests.slice(before).every(({ path }) => path.startsWith('/ws/'))).toBe(true);
  });

  it('show their own, in the order in which they say things', async () => {
    const session = await sessionOf('alice');
    session.say(fileTurn(file.uri));
    await session.turn();
    await session.leave();
    expect((await session.closed)[0]).toBe(1000);
  });
});

describe('a session in one project', () => {
  it('is told no file of another one', async () => {
    const proxy = await ProxyHarness.start({ keys: ['a', 'b'] });
    const alice = await Tenant.of(proxy, 'alice');
    const files = [await alice.upload(), await alice.upload()];
    const session = await LiveCaller.withToken(proxy, await proxy.tokenFor('alice')).open();
    for (const { uri } of files) {
      const fileData = { mimeType: 'text/plain', fileUri: uri };
      session.say({ clientContent: { turns: [{ role: 'user', parts: [{ fileData }] }] } });
    }
    const [code, reason] = await session.closed;
    expect(code).toBe(1007);
    expect(reason).toContain('another Google project');
    await proxy.stop();
  });
});
