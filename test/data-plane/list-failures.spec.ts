import { describe, expect, it } from '@jest/globals';
import { Health } from '../../src/balancer/health/health.js';
import { keyText } from '../support/proxy.harness.js';
import { makeAt, makeFiles, namesOf, page, PROJECTS, withProxy } from './list.fixtures.js';
import { outcomeOf, Tenant } from './ownership.fixtures.js';

describe('a list while there is a single client', () => {
  it('shows what nobody owns, which is that client’s from then on', async () => {
    await withProxy({}, async (proxy) => {
      const one = await Tenant.of(proxy, 'one');
      const names = ['files/a', 'files/b', 'files/c'];
      for (const [index, project] of PROJECTS.entries()) await makeAt(proxy, project, names[index] ?? '');
      expect(namesOf(await page(one)).toSorted()).toEqual(names);
      const other = await Tenant.of(proxy, 'other');
      await makeFiles(other, 1);
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
      const [one] = [await Tenant.of(proxy, 'one'), await makeFiles(await Tenant.of(proxy, 'other'), 1)];
      const own = await makeFiles(one, 9);
      proxy.emulator.script({ method: 'GET', key: keyText('y') }, { kind: 'error', error }, { times: 1 });
      const first = await page(one, '?pageSize=100');
      expect(namesOf(first)).toHaveLength(3);
      const rest = await page(one, `?pageSize=100&pageToken=${first.nextPageToken ?? ''}`);
      expect([...namesOf(first), ...namesOf(rest)].toSorted()).toEqual(own);
    });
  });

  it('goes on when the quota of the project has returned', async () => {
    await withProxy(options, async (proxy) => {
      const [one] = [await Tenant.of(proxy, 'one'), await makeFiles(await Tenant.of(proxy, 'other'), 1)];
      const own = await makeFiles(one, 9);
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
      const [one] = [await Tenant.of(proxy, 'one'), await makeFiles(await Tenant.of(proxy, 'other'), 1)];
      await makeFiles(one, 3);
      proxy.emulator.script({ method: 'GET', key: keyText('x') }, { kind: 'error', error: 'exhausted' }, { times: 1 });
      const response = await one.fetch('/v1beta/files');
      expect([response.status, response.headers.get('x-gemini-proxy-fault')]).toEqual([429, null]);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      await response.arrayBuffer();
    });
  });

  it('stops with the caller', async () => {
    await withProxy({}, async (proxy) => {
      const [one] = [await Tenant.of(proxy, 'one'), await makeFiles(await Tenant.of(proxy, 'other'), 1)];
      await makeFiles(one, 3);
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
