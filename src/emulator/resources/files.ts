import { invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import { pageOf } from '../http/pages.js';
import type { Route } from '../http/router.js';
import { objectOf, read, textOf } from '../json.js';
import { isDownload, sendFile } from './downloads.js';
import type { StoredFile } from './file-store.js';
import { FileContent, fileJson, filePermissionError, files, liveFile, storeFile } from './file-store.js';

export const fileRoutes: readonly Route[] = [
  { method: 'POST', path: 'files', handle: createFile },
  { method: 'GET', path: 'files', handle: listFiles },
  { method: 'GET', path: 'files/{file}', handle: getFile },
  { method: 'DELETE', path: 'files/{file}', handle: deleteFile },
];

/** The caller's file that the path names; throws ApiError (403) for any other. */
export function ownFile(call: ApiCall): StoredFile {
  const id = call.param('file');
  const file = liveFile(call.world, call.project, id);
  if (file === undefined) throw filePermissionError(id);
  return file;
}

const ID = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** The id in `files/{id}` that a caller chose; undefined when it left the choice to the service. */
export function chosenId(name: string | undefined): string | undefined {
  if (name === undefined || name === '') return undefined;
  const id = name.replace(/^files\//, '');
  if (!ID.test(id)) {
    throw invalidArgument(
      `Invalid file name: ${name.slice(0, 80)}. File names may contain only lowercase letters, numbers and dashes, at most 40.`,
    );
  }
  return id;
}

/** Metadata alone makes an empty file. */
function createFile(call: ApiCall): Promise<void> {
  const metadata = objectOf(call.body.file);
  const label = {
    id: chosenId(textOf(metadata.name)),
    displayName: textOf(read(metadata, 'displayName')),
    mimeType: textOf(read(metadata, 'mimeType')) ?? 'application/octet-stream',
    source: 'UPLOADED' as const,
  };
  const file = storeFile(call.world, call.project, label, FileContent.of(Buffer.alloc(0)));
  return call.json({ file: fileJson(call.world, file) });
}

function listFiles(call: ApiCall): Promise<void> {
  const { world, project } = call;
  const alive = [...files.of(project).keys()].flatMap((id) => liveFile(world, project, id) ?? []);
  const { items, nextPageToken } = pageOf(call, alive.reverse(), 10, 100);
  return call.json({ ...(items.length > 0 && { files: items.map((file) => fileJson(world, file)) }), nextPageToken });
}

function getFile(call: ApiCall): Promise<void> {
  const file = ownFile(call);
  return isDownload(call) ? sendFile(call, file) : call.json(fileJson(call.world, file));
}

function deleteFile(call: ApiCall): Promise<void> {
  files.of(call.project).delete(ownFile(call).id);
  return call.json({});
}
