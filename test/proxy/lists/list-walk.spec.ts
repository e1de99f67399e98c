import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Fault } from '../../../src/kernel/errors/fault.js';
import { nativeList } from '../../../src/proxy/lists/list-shape.js';
import { gather, type PagedList } from '../../../src/proxy/lists/list-walk.js';
import type { ListPosition } from '../../../src/proxy/lists/page-token.js';

const MAX = 8;
const SHAPE = nativeList('files', { usual: 4, max: MAX });

/** An item of upstream; the caller sees its own. */
interface Item {
  readonly name: string;
  readonly isOwn: boolean;
}

/** Upstream with some projects, whose page tokens are offsets. */
class Upstream {
  readonly asked: { readonly at: ListPosition; readonly size: number }[] = [];
  fail: ((at: ListPosition, size: number) => Fault | undefined) | undefined;

  constructor(readonly projects: Record<string, Item[]>) {}

  list(limit: number): PagedList {
    return {
      shape: SHAPE,
      firstSize: Math.min(limit + 1, MAX),
      page: (at, size) => {
        this.asked.push({ at, size });
        const fault = this.fail?.(at, size);
        if (fault) return Promise.reject(fault);
        const items = this.projects[at.project ?? ''] ?? [];
        const start = Number(at.token);
        const end = start + size;
        const own = items.slice(start, end).filter(({ isOwn }) => isOwn);
        const next = end < items.length ? String(end) : '';
        return Promise.resolve({ project: at.project ?? '', items: own.map(({ name }) => ({ name })), next });
      },
      following: (project) => this.after(project),
    };
  }

  after(project: string): ListPosition | undefined {
    const next = Object.keys(this.projects)
      .toSorted()
      .find((other) => other > project);
    return next === undefined ? undefined : { project: next, token: '' };
  }
}

/** Reads the list to its end, as a client does. */
async function readAll(upstream: Upstream, limit: number): Promise<{ pages: string[][]; reads: number[] }> {
  const pages: string[][] = [];
  const reads: number[] = [];
  let at = upstream.after('');
  while (at) {
    const before = upstream.asked.length;
    const { items, next } = await gather(upstream.list(limit), limit, at);
    pages.push(items.map(({ name }) => String(name)));
    reads.push(upstream.asked.length - before);
    at = next;
    if (pages.length > 1_000) throw new Error('the list has no end');
  }
  return { pages, reads };
}

const project = (name: string) =>
  fc
    .array(fc.boolean(), { maxLength: 60 })
    .map((owned) => owned.map((isOwn, index) => ({ name: `${name}${index}`, isOwn })));
const projects = fc.record({ a: project('a'), b: project('b'), c: project('c') });

describe('a walk over the pages of several projects', () => {
  it('shows each item of the caller once, in order, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(projects, fc.integer({ min: 1, max: MAX }), async (owned, limit) => {
        const { pages } = await readAll(new Upstream(owned), limit);
        const own = [owned.a, owned.b, owned.c].flat().filter(({ isOwn }) => isOwn);
        expect(pages.flat()).toEqual(own.map(({ name }) => name));
      }),
    );
  });

  it('never gives more than was asked for, nor reads more than five pages of upstream in a call', async () => {
    await fc.assert(
      fc.asyncProperty(projects, fc.integer({ min: 1, max: MAX }), async (owned, limit) => {
        const { pages, reads } = await readAll(new Upstream(owned), limit);
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
        for (const count of reads) expect(count).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('ends with an empty page only where five pages of upstream were read before it', async () => {
    await fc.assert(
      fc.asyncProperty(projects, fc.integer({ min: 1, max: MAX }), async (owned, limit) => {
        const { pages, reads } = await readAll(new Upstream(owned), limit);
        pages.forEach((page, index) => {
          if (page.length === 0 && index > 0) expect(reads[index - 1]).toBe(5);
        });
      }),
    );
  });

  it('loses nothing to a client that deletes what it was shown before it goes on', async () => {
    const upstream = new Upstream({ a: Array.from({ length: 7 }, (_, index) => ({ name: `a${index}`, isOwn: true })) });
    const shown: string[] = [];
    let at = upstream.after('');
    while (at) {
      const { items, next } = await gather(upstream.list(2), 2, at);
      shown.push(...items.map(({ name }) => String(name)));
      upstream.projects['a'] = (upstream.projects['a'] ?? []).filter(({ name }) => !shown.includes(name));
      at = next;
    }
    expect(shown).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
  });

  it('stops where a project fails and goes on there, without losing or repeating anything', async () => {
    const own = (name: string) => [0, 1, 2].map((index) => ({ name: `${name}${index}`, isOwn: true }));
    const upstream = new Upstream({ a: own('a'), b: own('b') });
    upstream.fail = (at) => (at.project === 'b' ? new Fault('upstream_timeout') : undefined);
    const first = await gather(upstream.list(8), 8, upstream.after(''));
    expect(first.items.map(({ name }) => name)).toEqual(['a0', 'a1', 'a2']);
    await expect(gather(upstream.list(8), 8, first.next)).rejects.toMatchObject({ code: 'upstream_timeout' });
    upstream.fail = undefined;
    const rest = await gather(upstream.list(8), 8, first.next);
    expect([rest.items.map(({ name }) => name), rest.next]).toEqual([['b0', 'b1', 'b2'], undefined]);
  });

  it.each([new Fault('caller_gone'), new TypeError('a mistake')])('does not pass over %s', async (error) => {
    const upstream = new Upstream({ a: [{ name: 'a0', isOwn: true }], b: [] });
    upstream.fail = (at) => (at.project === 'b' ? (error as Fault) : undefined);
    await expect(gather(upstream.list(8), 8, upstream.after(''))).rejects.toBe(error);
  });

  it('asks for fewer items when a page of upstream is too large to be read', async () => {
    const upstream = new Upstream({ a: [0, 1, 2].map((index) => ({ name: `a${index}`, isOwn: true })) });
    upstream.fail = (_at, size) => (size > 1 ? new Fault('answer_too_large') : undefined);
    const { items, next } = await gather(upstream.list(7), 7, upstream.after(''));
    expect(upstream.asked.map(({ size }) => size).slice(0, 3)).toEqual([8, 2, 1]);
    expect(items.length).toBeGreaterThan(0);
    expect(next).toBeDefined();
  });
});
