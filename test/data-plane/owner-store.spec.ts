import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyText, MODEL, ProxyHarness } from '../support/proxy.harness.js';
import { type FileJson, NOT_FOUND, OK, outcomeOf, Tenant } from './ownership.fixtures.js';

const UNAVAILABLE = '503 ownership_unavailable';

/** Makes a file at Google past the proxy. */
async function foreignFile(proxy: ProxyHarness, keyId: string): Promise<FileJson> {
  const response = await fetch(`${proxy.emulator.url}/upload/v1beta/files`, {
    method: 'POST',
    headers: { 'x-goog-api-key': keyText(keyId), 'x-goog-upload-protocol': 'raw', 'content-type': 'text/plain' },
    body: 'made elsewhere',
  });
  return ((await response.json()) as { file: FileJson }).file;
}

describe('the store of owners', () => {
  let proxy: ProxyHarness;
  let alice: Tenant;
  beforeEach(async () => {
    proxy = await ProxyHarness.start({ keys: ['a', 'b'] });
    alice = await Tenant.of(proxy, 'alice');
  });
  afterEach(() => proxy.stop());

  /** Takes the table away, or gives it back. */
  const storeIs = async (state: 'down' | 'up'): Promise<void> => {
    const [from, to] = state === 'down' ? ['resource_owner', 'away'] : ['away', 'resource_owner'];
    await proxy.database.dataSource.query(`ALTER TABLE ${from} RENAME TO ${to}`);
  };

  it('outlives a restart: who owns what, and that others do not', async () => {
    const files = [await alice.upload(), await alice.upload()];
    const [one, two] = files.map(({ uri }) => uri) as [string, string];
    const id = /"id":\s?"(v1_[\w-]+)"/.exec(
      await (await alice.post('/v1beta/interactions', { model: MODEL, input: 'hello', stream: true })).text(),
    )?.[1];
    await proxy.restart();
    const bob = await Tenant.of(proxy, 'bob');
    for (const { name, uri } of files) {
      expect(await outcomeOf(bob.fetch(`/v1beta/${name}`))).toBe(NOT_FOUND);
      expect(await outcomeOf(bob.generateWith(uri))).toBe(NOT_FOUND);
      expect(await outcomeOf(alice.fetch(`/v1beta/${name}`))).toBe(OK);
      // The URI names the proxy as it was reached then.
      expect(await outcomeOf(alice.generateWith(uri))).toBe(OK);
    }
    expect(await outcomeOf(alice.generateWith(one, two))).toBe('400 owners_conflict');
    expect(await outcomeOf(bob.fetch(`/v1beta/interactions/${id}`))).toBe(NOT_FOUND);
    expect(await outcomeOf(alice.fetch(`/v1beta/interactions/${id}`))).toBe(OK);
  });

  it('answers a miss with a retryable 503 while it is down, and goes on with what is in use', async () => {
    const file = await alice.upload();
    const { name } = await foreignFile(proxy, 'a');
    await storeIs('down');
    const miss = await alice.fetch(`/v1beta/${name}`);
    expect([miss.status, miss.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await outcomeOf(miss)).toBe(UNAVAILABLE);
    expect(await outcomeOf(alice.generateWith(file.uri))).toBe(OK);
    expect(await outcomeOf(alice.generate([]))).toBe(OK);
    await storeIs('up');
    expect(await outcomeOf(alice.fetch(`/v1beta/${name}`))).toBe(OK);
  });

  it('refuses with a 503 what it cannot note, and audit names what was left behind', async () => {
    await storeIs('down');
    const cache = { model: `models/${MODEL}`, contents: [{ role: 'user', parts: [{ text: 'long '.repeat(99) }] }] };
    expect(await outcomeOf(alice.post('/v1beta/cachedContents', cache))).toBe(UNAVAILABLE);
    expect(await outcomeOf(alice.post('/v1beta/interactions', { model: MODEL, input: 'hello' }))).toBe(UNAVAILABLE);
    expect(await outcomeOf(alice.post('/v1beta/interactions', { model: MODEL, input: 'hello', stream: true }))).toBe(
      UNAVAILABLE,
    );
    await storeIs('up');
    const audit = await proxy.auditText();
    for (const kind of ['cachedContents', 'interactions']) {
      expect(audit).toMatch(new RegExp(`"action":"ownership not written".*"resources":\\["${kind}/`));
    }
  });

  it('lets a single client use what was made elsewhere, wherever it lies, and then knows it for its own', async () => {
    const files = [await foreignFile(proxy, 'a'), await foreignFile(proxy, 'b')];
    for (const [index, { uri }] of files.entries()) {
      for (let round = 0; round < 2; round += 1) expect(await outcomeOf(alice.generateWith(uri))).toBe(OK);
      expect(proxy.emulator.requests.at(-1)?.key).toBe(keyText(index === 0 ? 'a' : 'b'));
    }
    const bob = await Tenant.of(proxy, 'bob');
    for (const { uri } of files) {
      expect(await outcomeOf(bob.generateWith(uri))).toBe(NOT_FOUND);
      expect(await outcomeOf(alice.generateWith(uri))).toBe(OK);
    }
  });

  it('asks each project once for what nobody is known to own', async () => {
    expect(await outcomeOf(alice.fetch('/v1beta/files/never-was'))).toBe('403 upstream');
    expect(proxy.emulator.requests.map(({ key }) => key).sort()).toEqual(['a', 'b'].map(keyText));
    // It is not hers for having been asked for.
    expect(await proxy.database.dataSource.query('SELECT resource FROM resource_owner')).toEqual([]);
  });

  it('keeps what was made elsewhere from every client once there are two, but not from administrators', async () => {
    const [file, other] = [await foreignFile(proxy, 'a'), await foreignFile(proxy, 'b')];
    const [bob, root] = [await Tenant.of(proxy, 'bob'), await Tenant.of(proxy, 'root', ['project:admin'])];
    for (const tenant of [alice, bob]) await outcomeOf(tenant.generate([]));
    expect(await outcomeOf(alice.generateWith(file.uri))).toBe(NOT_FOUND);
    expect(await outcomeOf(bob.fetch(`/v1beta/${file.name}`))).toBe(NOT_FOUND);
    for (const { uri } of [file, other]) expect(await outcomeOf(root.generateWith(uri))).toBe(OK);
    expect(await outcomeOf(alice.generateWith(file.uri))).toBe(NOT_FOUND);
  });

  it('decides by option where the operator says so', async () => {
    const strict = await ProxyHarness.start({ config: { gemini: { affinity: { unowned: 'deny' } } } });
    try {
      const only = await Tenant.of(strict, 'only');
      const file = await foreignFile(strict, 'primary');
      expect(await outcomeOf(only.fetch(`/v1beta/${file.name}`))).toBe(NOT_FOUND);
    } finally {
      await strict.stop();
    }
  });
});
