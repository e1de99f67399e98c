/**
 * Kinds of what belongs to the project whose key made it (wire facts B.1): the collections of the API, and `tokens` for
 * what is opaque and has no name: continuation tokens, handles of Live sessions.
 */
export type ResourceKind =
  | 'files'
  | 'cachedContents'
  | 'batches'
  | 'operations'
  | 'fileSearchStores'
  | 'tunedModels'
  | 'generatedFiles'
  | 'interactions'
  | 'environments'
  | 'videos'
  | 'auth_tokens'
  | 'tokens';

/** Something that one project owns, under the one name by which its owner is known. */
export interface Resource {
  readonly kind: ResourceKind;
  /** `files/abc`, `models/m/operations/abc`; what lies below a store, an interaction, … goes by its parent's name. */
  readonly name: string;
}

/** What a path is about, as far as ownership goes. */
export type Subject =
  /** Nothing that anybody owns: models and what they answer. */
  | { readonly kind: 'none' }
  /** `isItself`: the path ends there, and neither goes on below the resource nor has a verb. */
  | { readonly kind: 'resource'; readonly resource: Resource; readonly isItself: boolean }
  | { readonly kind: 'list'; readonly of: ResourceKind }
  | { readonly kind: 'creation'; readonly of: ResourceKind }
  /** A thing of the whole project, and whatever is not known here: only its administrators may touch it. */
  | { readonly kind: 'project_wide' };

const NONE: Subject = { kind: 'none' };
const PROJECT_WIDE: Subject = { kind: 'project_wide' };

const COLLECTIONS: ReadonlyMap<string, ResourceKind> = new Map(
  (
    [
      'files',
      'cachedContents',
      'batches',
      'operations',
      'fileSearchStores',
      'tunedModels',
      'generatedFiles',
      'interactions',
      'auth_tokens',
    ] as const
  ).map((kind) => [kind, kind]),
);

/** What a verb on a model makes, instead of an answer. */
const MADE_BY: ReadonlyMap<string, ResourceKind> = new Map([
  ['batchGenerateContent', 'batches'],
  ['asyncBatchEmbedContent', 'batches'],
  ['predictLongRunning', 'operations'],
]);

const NAMED = /^([A-Za-z_]+)\/[^/:?#]+/;
const MODEL_OPERATION = /^models\/[^/:?#]+\/operations\/[^/:?#]+/;
const MODEL = /^(?:models|dynamic)(?:\/[^/:]+)?(?::([A-Za-z]+))?$/;
const MODEL_OPERATIONS = /^models\/[^/:]+\/operations$/;

/** Routes behind `/openai/` that keep nothing. */
const OPENAI_STATELESS = /^(?:chat\/completions|embeddings|images\/generations|models(?:\/models)?(?:\/[^/]+)?)$/;
const OPENAI_COLLECTION = /^(files|batches|videos)(?:\/(.+))?$/;

/** The resource that a name begins with: `fileSearchStores/s/documents/d` is a part of `fileSearchStores/s`. */
export function resourceNamed(text: string): Resource | undefined {
  const operation = MODEL_OPERATION.exec(text);
  if (operation) return { kind: 'operations', name: operation[0] };
  const [name, collection = ''] = NAMED.exec(text) ?? [];
  const kind = COLLECTIONS.get(collection);
  return kind === undefined || name === undefined ? undefined : { kind, name };
}

/** The resource behind an id of the OpenAI-compatible routes, which may have the native name's form. */
export function openaiResource(kind: ResourceKind, id: string): Resource {
  return resourceNamed(id) ?? { kind, name: `${kind}/${/^[^/:?#]*/.exec(id)?.[0] ?? ''}` };
}

/** What a verb after a model's name makes; undefined for verbs that only answer. */
export function madeBy(verb: string | undefined): ResourceKind | undefined {
  return MADE_BY.get(verb ?? '');
}

/** What a path is about; `rest` is what stands behind its version segment. */
export function subjectOf(httpMethod: string, rest: string): Subject {
  const model = MODEL.exec(rest);
  if (model) return creation(httpMethod === 'POST' ? madeBy(model[1]) : undefined);
  const resource = resourceNamed(rest);
  if (resource) return { kind: 'resource', resource, isItself: rest === resource.name };
  return collectionSubject(httpMethod, MODEL_OPERATIONS.test(rest) ? 'operations' : COLLECTIONS.get(rest));
}

/** The same for an OpenAI-compatible route; `rest` is what stands behind `/openai/`. */
export function openaiSubject(httpMethod: string, rest: string): Subject {
  if (OPENAI_STATELESS.test(rest)) return NONE;
  const [, collection, id] = OPENAI_COLLECTION.exec(rest) ?? [];
  const kind = collection as ResourceKind | undefined;
  if (kind === undefined || id === undefined) return collectionSubject(httpMethod, kind);
  const resource = openaiResource(kind, id);
  return { kind: 'resource', resource, isItself: id === resource.name || `${kind}/${id}` === resource.name };
}

function collectionSubject(httpMethod: string, of: ResourceKind | undefined): Subject {
  if (of === undefined) return PROJECT_WIDE;
  if (httpMethod === 'GET' || httpMethod === 'HEAD') return { kind: 'list', of };
  return httpMethod === 'POST' ? { kind: 'creation', of } : PROJECT_WIDE;
}

function creation(of: ResourceKind | undefined): Subject {
  return of === undefined ? NONE : { kind: 'creation', of };
}
