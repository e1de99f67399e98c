import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { OwnerRegistry } from '../../src/balancer/affinity/owner-registry.js';
import { collect } from '../clients/client.fixtures.js';
import { keyText, type ProxyHarness } from '../support/proxy.harness.js';
import { INVALID, PROJECTS, withProxy } from './list.fixtures.js';
import { json, outcomeOf, Tenant } from './ownership.fixtures.js';

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

interface BatchesPage {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly last_id: string;
}

const withUpstream = async (
  batches: Readonly<Record<string, readonly string[]>>,
  use: (proxy: ProxyHarness) => Promise<void>,
): Promise<void> => {
  const server = await batchesUpstream(batches);
  try {
    await withProxy({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, use);
  } finally {
    server.close();
    server.closeAllConnections();
  }
};

const recordBatches = (proxy: ProxyHarness, client: string, project: string, names: readonly string[]): Promise<void> =>
  proxy.application.get(OwnerRegistry).record(
    names.map((resource) => ({
      resource,
      client,
      project,
      kind: 'batches',
      model: null,
      createdAtMs: Date.now(),
      expiresAtMs: null,
    })),
  );

describe('a list of the OpenAI routes', () => {
  it('goes over the projects by the id of the last item', async () => {
    const x = Array.from({ length: 9 }, (_, index) => `batches/x${index}`);
    const z = ['batches/z0', 'batches/z1'];
    await withUpstream({ x, y: ['batches/y0'], z }, async (proxy) => {
      const [ofOne, ofOther] = [x.filter((_, index) => index % 4 !== 1), x.filter((_, index) => index % 4 === 1)];
      await recordBatches(proxy, 'one', 'x', ofOne);
      await recordBatches(proxy, 'other', 'x', ofOther);
      await recordBatches(proxy, 'one', 'z', z);
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
  });

  it('goes on by the id that ends an empty page', async () => {
    const others = Array.from({ length: 600 }, (_, index) => `batches/o${index}`);
    await withUpstream({ x: [...others, 'batches/x'] }, async (proxy) => {
      await recordBatches(proxy, 'one', 'x', ['batches/x']);
      await outcomeOf((await Tenant.of(proxy, 'other')).fetch('/v1beta/models'));
      const one = await Tenant.of(proxy, 'one');
      const first = await json<BatchesPage>(one.fetch('/v1beta/openai/batches'));
      expect([first.data, first.has_more]).toEqual([[], true]);
      expect(first.last_id).not.toContain('batches');
      const second = await json<BatchesPage>(one.fetch(`/v1beta/openai/batches?after=${first.last_id}`));
      expect([second.data.map(({ id }) => id), second.has_more]).toEqual([['batches/x'], false]);
    });
  });
});
