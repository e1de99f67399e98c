import type { ApiCall } from '../http/api-call.js';
import type { JsonObject } from '../json.js';
import { read, textOf } from '../json.js';
import type { Project } from '../world/project.js';
import type { World } from '../world/world.js';
import type { FileContent } from './file-store.js';
import { fileJson, storeFile } from './file-store.js';
import { chosenId } from './files.js';
import { addDocument } from './stores.js';
import type { UploadTarget } from './upload-session.js';

/** Makes a file, or a document of a store, of content that has arrived; returns the JSON of the answer. */
export function completeUpload(
  world: World,
  project: Project,
  target: UploadTarget,
  label: { readonly mimeType: string; readonly fileName: string | undefined },
  content: FileContent,
): JsonObject {
  const displayName = textOf(read(target.metadata, 'displayName')) ?? label.fileName;
  const mimeType = textOf(read(target.metadata, 'mimeType')) ?? label.mimeType;
  if (target.kind === 'store') {
    return addDocument(world, project, target.store, { displayName, mimeType, sizeBytes: content.bytes });
  }
  const id = chosenId(textOf(target.metadata.name));
  return {
    file: fileJson(world, storeFile(world, project, { id, displayName, mimeType, source: 'UPLOADED' }, content)),
  };
}

/** The answer to an upload that came in one request. */
export function uploadedJson(call: ApiCall, result: JsonObject): Promise<void> {
  return call.json(result, { 'x-goog-upload-status': 'final' });
}
