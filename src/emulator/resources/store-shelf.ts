import { ApiError, googleError } from '../errors/google-error.js';
import { Shelf } from '../world/project.js';
import type { Project } from '../world/project.js';

/** A document in a file search store. */
export interface StoredDocument {
  readonly id: string;
  readonly displayName: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

/** A file search store. */
export interface StoredStore {
  /** `fileSearchStores/…` */
  readonly name: string;
  readonly displayName: string;
  readonly createdAt: string;
  readonly documents: Map<string, StoredDocument>;
}

export const stores = new Shelf<Project, StoredStore>();

/** The project's store of that full name; throws ApiError (403) for any other. */
export function findStore(project: Project, name: string): StoredStore {
  const store = stores.of(project).get(name);
  if (store === undefined) {
    const message = `You do not have permission to access the FileSearchStore ${name} or it may not exist.`;
    throw new ApiError(googleError(403, message));
  }
  return store;
}
