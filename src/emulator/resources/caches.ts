import { readPrompt } from '../answers/prompt.js';
import { servedModel } from '../answers/generation.js';
import { ApiError, googleError, invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import { pageOf } from '../http/pages.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { objectOf, read, textOf } from '../json.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';
import { checkReferences } from './references.js';

/** An explicit cache; bound to its project and to one model. */
export interface StoredCache {
  readonly name: string;
  /** The served model's name. */
  readonly model: string;
  readonly askedModel: string;
  readonly displayName: string | undefined;
  readonly tokens: number;
  readonly createdAt: string;
  readonly isExpired: () => boolean;
  expiresAt: number;
  updatedAt: string;
}

const caches = new Shelf<Project, StoredCache>();
const DEFAULT_TTL_MS = 3_600_000;

export const cacheRoutes: readonly Route[] = [
  { method: 'POST', path: 'cachedContents', handle: createCache },
  { method: 'GET', path: 'cachedContents', handle: listCaches },
  { method: 'GET', path: 'cachedContents/{cache}', handle: (call) => call.json(cacheJson(own(call))) },
  { method: 'PATCH', path: 'cachedContents/{cache}', handle: patchCache },
  { method: 'DELETE', path: 'cachedContents/{cache}', handle: deleteCache },
];

/** Tokens that a request's explicit cache adds to its prompt; throws ApiError (403) for a cache of others. */
export function cachedTokensOf(project: Project, request: JsonObject): number {
  const name = textOf(read(request, 'cachedContent'));
  return name === undefined ? 0 : find(project, name).tokens;
}

/** The explicit cache a request uses; throws ApiError when model or request do not suit it. */
export function cacheInUse(project: Project, model: string, request: JsonObject): StoredCache | undefined {
  const name = textOf(read(request, 'cachedContent'));
  if (name === undefined) return undefined;
  const cache = find(project, name);
  if (cache.model !== model) {
    throw invalidArgument(
      `Model used by GenerateContent request (models/${model}) and CachedContent (models/${cache.model}) has to be the same.`,
    );
  }
  const extra = ['systemInstruction', 'tools', 'toolConfig'].some((field) => read(request, field) !== undefined);
  if (extra) {
    throw invalidArgument(
      'CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request.',
    );
  }
  return cache;
}

function createCache(call: ApiCall): Promise<void> {
  const { world, body, project } = call;
  const askedModel = (textOf(body.model) ?? '').replace(/^models\//, '');
  const model = servedModel(call, askedModel, 'createCachedContent').name;
  checkReferences(world, project, body);
  const { tokens } = readPrompt(body);
  const minTokens = world.scenario.min_cache_tokens;
  if (tokens < minTokens) {
    throw invalidArgument(
      `Cached content is too small. total_token_count=${tokens}, min_total_token_count=${minTokens}`,
    );
  }
  const createdAt = world.timestamp();
  const cache: StoredCache = {
    name: `cachedContents/${world.ids.lower()}`,
    model,
    askedModel,
    displayName: textOf(read(body, 'displayName')),
    tokens,
    createdAt,
    isExpired: () => cache.expiresAt <= world.clock.now(),
    expiresAt: expiryOf(world, body),
    updatedAt: createdAt,
  };
  caches.of(project).set(cache.name, cache);
  return call.json(cacheJson(cache));
}

function listCaches(call: ApiCall): Promise<void> {
  const alive = [...caches.of(call.project).values()].filter((cache) => !cache.isExpired());
  const { items, nextPageToken } = pageOf(call, alive);
  return call.json({ ...(items.length > 0 && { cachedContents: items.map(cacheJson) }), nextPageToken });
}

/** Only the expiry can be changed. */
function patchCache(call: ApiCall): Promise<void> {
  const cache = own(call);
  cache.expiresAt = expiryOf(call.world, call.body);
  cache.updatedAt = call.world.timestamp();
  return call.json(cacheJson(cache));
}

function deleteCache(call: ApiCall): Promise<void> {
  caches.of(call.project).delete(own(call).name);
  return call.json({});
}

function own(call: ApiCall): StoredCache {
  return find(call.project, `cachedContents/${call.param('cache')}`);
}

function find(project: Project, name: string): StoredCache {
  const cache = caches.of(project).get(name);
  if (cache === undefined || cache.isExpired()) {
    throw new ApiError(googleError(403, 'CachedContent not found (or permission denied)'));
  }
  return cache;
}

function expiryOf(world: World, body: JsonObject): number {
  const fixed = textOf(read(body, 'expireTime'));
  if (fixed !== undefined) return Date.parse(fixed);
  const ttl = textOf(body.ttl);
  if (ttl === undefined) return world.clock.now() + DEFAULT_TTL_MS;
  const seconds = Number(/^(\d+(?:\.\d+)?)s$/.exec(ttl)?.[1]);
  if (Number.isNaN(seconds)) {
    throw invalidArgument(
      `Invalid value at 'cached_content.ttl' (type.googleapis.com/google.protobuf.Duration), "${ttl}"`,
    );
  }
  return world.clock.now() + seconds * 1000;
}

function cacheJson(cache: StoredCache): JsonObject {
  return objectOf({
    name: cache.name,
    model: `models/${cache.askedModel}`,
    displayName: cache.displayName,
    createTime: cache.createdAt,
    updateTime: cache.updatedAt,
    expireTime: new Date(cache.expiresAt).toISOString(),
    usageMetadata: { totalTokenCount: cache.tokens },
  });
}
