import { invalidArgument, ApiError, googleError } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import { pageOf } from '../http/pages.js';
import type { Route } from '../http/router.js';
import type { JsonObject } from '../json.js';
import { read, textOf } from '../json.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';
import { filePermissionError, liveFile } from './file-store.js';
import { startOperation } from './operation-shelf.js';
import type { StoredDocument, StoredStore } from './store-shelf.js';
import { findStore, stores } from './store-shelf.js';

export const storeRoutes: readonly Route[] = [
  { method: 'POST', path: 'fileSearchStores', handle: createStore },
  { method: 'GET', path: 'fileSearchStores', handle: listStores },
  { method: 'GET', path: 'fileSearchStores/{store}', handle: (call) => call.json(storeJson(own(call))) },
  { method: 'DELETE', path: 'fileSearchStores/{store}', handle: deleteStore },
  { method: 'POST', path: 'fileSearchStores/{store}:importFile', handle: importFile },
  { method: 'GET', path: 'fileSearchStores/{store}/documents', handle: listDocuments },
  { method: 'GET', path: 'fileSearchStores/{store}/documents/{document}', handle: getDocument },
  { method: 'DELETE', path: 'fileSearchStores/{store}/documents/{document}', handle: deleteDocument },
];

/** Adds a document and starts the operation that says so; returns the operation's JSON. */
export function addDocument(
  world: World,
  project: Project,
  storeName: string,
  label: { readonly displayName: string | undefined; readonly mimeType: string; readonly sizeBytes: number },
): JsonObject {
  const store = findStore(project, storeName);
  const id = world.ids.lower();
  const { mimeType, sizeBytes, displayName = id } = label;
  store.documents.set(id, { id, displayName, mimeType, sizeBytes, createdAt: world.timestamp() });
  const response = { parent: store.name, documentName: `${store.name}/documents/${id}` };
  return startOperation(world, project, `${store.name}/operations/${world.ids.lower()}`, () => response);
}

function createStore(call: ApiCall): Promise<void> {
  const displayName = textOf(read(call.body, 'displayName')) ?? '';
  const slug = displayName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
    .slice(0, 20);
  const store: StoredStore = {
    name: `fileSearchStores/${slug === '' ? '' : `${slug}-`}${call.world.ids.lower()}`,
    displayName,
    createdAt: call.world.timestamp(),
    documents: new Map(),
  };
  stores.of(call.project).set(store.name, store);
  return call.json(storeJson(store));
}

function listStores(call: ApiCall): Promise<void> {
  const { items, nextPageToken } = pageOf(call, stores.of(call.project).values(), 10, 20);
  return call.json({ ...(items.length > 0 && { fileSearchStores: items.map(storeJson) }), nextPageToken });
}

function deleteStore(call: ApiCall): Promise<void> {
  const store = own(call);
  if (store.documents.size > 0 && call.query.get('force') !== 'true') {
    throw new ApiError(googleError(400, 'Cannot delete non-empty FileSearchStore.', undefined, 'FAILED_PRECONDITION'));
  }
  stores.of(call.project).delete(store.name);
  return call.json({});
}

function importFile(call: ApiCall): Promise<void> {
  const { world, project } = call;
  const id = (textOf(read(call.body, 'fileName')) ?? '').replace(/^files\//, '');
  if (id === '') throw invalidArgument('* ImportFileRequest.file_name: file_name is not specified\n');
  const store = own(call);
  const file = liveFile(world, project, id);
  if (file === undefined) throw filePermissionError(id);
  return call.json(addDocument(world, project, store.name, file));
}

function listDocuments(call: ApiCall): Promise<void> {
  const store = own(call);
  const { items, nextPageToken } = pageOf(call, store.documents.values(), 10, 20);
  return call.json({ documents: items.map((document) => documentJson(store, document)), nextPageToken });
}

function getDocument(call: ApiCall): Promise<void> {
  const store = own(call);
  return call.json(documentJson(store, documentOf(call, store)));
}

function deleteDocument(call: ApiCall): Promise<void> {
  const store = own(call);
  store.documents.delete(documentOf(call, store).id);
  return call.json({});
}

function own(call: ApiCall): StoredStore {
  return findStore(call.project, `fileSearchStores/${call.param('store')}`);
}

function documentOf(call: ApiCall, store: StoredStore): StoredDocument {
  const document = store.documents.get(call.param('document'));
  if (document === undefined) throw new ApiError(googleError(404, 'Requested entity was not found.'));
  return document;
}

function storeJson({ name, displayName, createdAt, documents }: StoredStore): JsonObject {
  const sizeBytes = [...documents.values()].reduce((sum, document) => sum + document.sizeBytes, 0);
  return {
    name,
    displayName,
    createTime: createdAt,
    updateTime: createdAt,
    activeDocumentsCount: String(documents.size),
    sizeBytes: String(sizeBytes),
  };
}

function documentJson(
  store: StoredStore,
  { id, displayName, mimeType, sizeBytes, createdAt }: StoredDocument,
): JsonObject {
  return {
    name: `${store.name}/documents/${id}`,
    displayName,
    mimeType,
    sizeBytes: String(sizeBytes),
    createTime: createdAt,
    updateTime: createdAt,
    state: 'STATE_ACTIVE',
  };
}
