import { Fault } from '../../kernel/errors/fault.js';
import type { Fields } from '../../kernel/gemini/json-values.js';
import { type ListShape, nameIn } from './list-shape.js';
import type { ListPosition } from './page-token.js';
import { isOfOnePage } from './upstream-rejection.js';

/** How many pages of upstream one call may read. */
const PAGES_MAX = 5;

/** What a caller sees of one page of upstream. */
export interface SeenPage {
  readonly project: string;
  readonly items: readonly Fields[];
  /** Upstream's token of the page that follows; empty on the last one. */
  readonly next: string;
}

/** A list that goes over the pages of one or more projects. */
export interface PagedList {
  readonly shape: ListShape;
  /** How many items upstream is asked for at first; later pages are as large as they may be. */
  readonly firstSize: number;
  /** @throws Fault, UpstreamRejection */
  page(at: ListPosition, size: number): Promise<SeenPage>;
  /** Where the list goes on when a project has no more pages; undefined when that was the last one. */
  following(project: string): ListPosition | undefined;
}

/** A page for the caller. */
export interface Gathered {
  readonly items: readonly Fields[];
  /** Where the list goes on; undefined at its end. */
  readonly next: ListPosition | undefined;
}

/**
 * Gathers a page of at most `limit` items from pages of upstream. It looks for one item more than that, since clients
 * read an empty page that a token led to as an item (`Pager` of @google/genai 3.1). What goes wrong after the first item
 * was found ends the page there, and is met again by whoever goes on. @throws Fault, UpstreamRejection
 */
export async function gather(list: PagedList, limit: number, from: ListPosition | undefined): Promise<Gathered> {
  const walk = new ListWalk(list, limit, from);
  try {
    await walk.run();
  } catch (error) {
    if (walk.items.length === 0 || !isOfOnePage(error)) throw error;
  }
  return walk;
}

class ListWalk implements Gathered {
  readonly items: Fields[] = [];

  constructor(
    private readonly list: PagedList,
    private readonly limit: number,
    public next: ListPosition | undefined,
  ) {}

  async run(): Promise<void> {
    for (let pages = 0; this.next && pages < PAGES_MAX; pages += 1) {
      const size = this.next.size ?? (pages === 0 ? this.list.firstSize : this.list.shape.sizes.max);
      const page = await this.read(this.next, size);
      if (page && this.take(page, this.next, size)) return;
    }
  }

  /** Undefined when the page was too large: it is asked for once more, with fewer items. */
  private async read(at: ListPosition, size: number): Promise<SeenPage | undefined> {
    try {
      return await this.list.page(at, size);
    } catch (error) {
      const isTooLarge = error instanceof Fault && error.code === 'answer_too_large';
      if (!isTooLarge || size === 1 || at.after !== undefined) throw error;
      this.next = { ...at, size: Math.ceil(size / 4) };
      return undefined;
    }
  }

  /** True when the caller's page is full and more is known to follow. */
  private take({ project, items, next }: SeenPage, at: ListPosition, size: number): boolean {
    const { shape } = this.list;
    const seen = at.after === undefined ? -1 : items.findIndex((item) => nameIn(shape, item) === at.after);
    const fresh = items.slice(seen + 1);
    const shown = fresh.slice(0, this.limit - this.items.length);
    this.items.push(...shown);
    if (fresh.length === shown.length) {
      this.next = next === '' ? this.list.following(project) : { project, token: next };
      return false;
    }
    const last = shown.at(-1);
    if (last) this.next = { project, token: at.token, size, after: nameIn(shape, last) };
    return true;
  }
}
