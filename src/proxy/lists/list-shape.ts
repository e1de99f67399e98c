import { type Fields, objectsOf, textOf } from '../../kernel/gemini/json-values.js';
import { openaiResource, type Resource, type ResourceKind, resourceNamed } from '../../kernel/gemini/resource.js';

/** How many items a page has. */
export interface PageSizes {
  /** When the caller does not say. */
  readonly usual: number;
  /** More than that is never asked for. */
  readonly max: number;
}

/** How a list looks on the wire. */
export interface ListShape {
  /** The field that holds the items. */
  readonly field: string;
  /** The field of an item that names it. */
  readonly nameField: 'name' | 'id';
  /** What a field mask must leave for the list to be put together. */
  readonly needs: readonly string[];
  readonly sizes: PageSizes;
  /** The query parameters of a page; undefined where a list has but one. */
  readonly parameters: { readonly size: string; readonly token: string } | undefined;
  /** What an item is; undefined when it is nothing that can be owned. */
  resourceOf(item: Fields): Resource | undefined;
  /** The item behind which a page begins, where its name is the token. */
  itemNamed(token: string): Resource | undefined;
  /** Upstream's token of the page that follows; empty on the last one. */
  nextOf(body: Fields): string;
  /** A page for the caller; `next` is the token to go on with. */
  page(items: readonly Fields[], next: string | undefined): Fields;
}

interface NativeList {
  readonly field: string;
  readonly sizes: PageSizes;
}

/** As the v1beta discovery document has them; where it names no size, that of its other lists. */
const NATIVE: Partial<Readonly<Record<ResourceKind, NativeList>>> = {
  files: { field: 'files', sizes: { usual: 10, max: 100 } },
  cachedContents: { field: 'cachedContents', sizes: { usual: 50, max: 1000 } },
  batches: { field: 'operations', sizes: { usual: 50, max: 100 } },
  operations: { field: 'operations', sizes: { usual: 50, max: 100 } },
  fileSearchStores: { field: 'fileSearchStores', sizes: { usual: 10, max: 20 } },
  tunedModels: { field: 'tunedModels', sizes: { usual: 10, max: 1000 } },
  generatedFiles: { field: 'generatedFiles', sizes: { usual: 10, max: 50 } },
};

/** A list of the native API. */
export function nativeList(field: string, sizes: PageSizes): ListShape {
  return {
    field,
    nameField: 'name',
    needs: [`${field}/name`, 'nextPageToken'],
    sizes,
    parameters: { size: 'pageSize', token: 'pageToken' },
    resourceOf: ({ name }) => resourceNamed(textOf(name)),
    itemNamed: () => undefined,
    nextOf: ({ nextPageToken }) => textOf(nextPageToken),
    // Google leaves out what is empty.
    page: (items, next) => ({
      ...(items.length > 0 && { [field]: items }),
      ...(next !== undefined && { nextPageToken: next }),
    }),
  };
}

/** The native list of a kind. */
export function nativeListOf(kind: ResourceKind): ListShape {
  const { field, sizes } = NATIVE[kind] ?? { field: kind, sizes: { usual: 50, max: 100 } };
  return nativeList(field, sizes);
}

/** A list of the OpenAI-compatible routes, where the id of an item is the token of what follows it. */
export function openaiListOf(kind: ResourceKind): ListShape {
  return {
    field: 'data',
    nameField: 'id',
    needs: ['data/id', 'has_more', 'last_id'],
    sizes: { usual: 20, max: 100 },
    parameters: { size: 'limit', token: 'after' },
    resourceOf: ({ id }) => openaiResource(kind, textOf(id)),
    itemNamed: (token) => openaiResource(kind, token),
    nextOf: (body) =>
      body['has_more'] === true ? textOf(body['last_id'] ?? objectsOf(body['data']).at(-1)?.['id']) : '',
    page: (items, next) => ({
      object: 'list',
      data: items,
      first_id: items[0]?.['id'] ?? null,
      last_id: items.at(-1)?.['id'] ?? next ?? null,
      has_more: next !== undefined,
    }),
  };
}

/** The models of the OpenAI-compatible routes: all on one page. */
export const OPENAI_MODELS: ListShape = {
  field: 'data',
  nameField: 'id',
  needs: ['data/id'],
  sizes: { usual: Infinity, max: Infinity },
  parameters: undefined,
  resourceOf: () => undefined,
  itemNamed: () => undefined,
  nextOf: () => '',
  page: (items) => ({ object: 'list', data: items }),
};

/** The name under which an item stands in its list. */
export function nameIn({ nameField }: ListShape, item: Fields): string {
  return textOf(item[nameField]);
}
