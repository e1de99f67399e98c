import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '../clients/client.fixtures.js';
import { keyText, ProxyHarness } from '../support/proxy.harness.js';
import { INVALID, makeAt, makeFiles, namesOf, page, PROJECTS, readCounter, sdk } from './list.fixtures.js';
import { json, outcomeOf, Tenant } from './ownership.fixtures.js';

describe('a list of files over three projects that two clients share', () => {
  let proxy: ProxyHarness;
  let [one, other]: Tenant[] = [];
  let ofOne: string[];
  let ofOther: string[];
  beforeAll(async () => {
    proxy = await ProxyHarness.start({ keys: PROJECTS });
    [one, other] = [await Tenant.of(proxy, 'one'), await Tenant.of(proxy, 'other')];
    ofOther = await makeFiles(other, 4);
    ofOne = await makeFiles(one, 8);
    ofOther = [...ofOther, ...(await makeFiles(other, 4))].toSorted();
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
    const asked = readCounter(proxy);
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
    const asked = readCounter(proxy);
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
    const ai = await sdk(proxy, 'root', ['project:admin']);
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
    const asked = readCounter(proxy);
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
