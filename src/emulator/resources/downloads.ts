import { ApiError, googleError, invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import type { Route } from '../http/router.js';
import { Shelf } from '../world/project.js';
import type { World } from '../world/world.js';
import type { StoredFile } from './file-store.js';
import { filePermissionError, liveFile } from './file-store.js';

/** Downloads that were redirected, by the unguessable part of their address. */
const redirected = new Shelf<World, StoredFile>();

export const downloadRoutes: readonly Route[] = [
  { method: 'GET', path: 'files/{file}:download', handle: download },
  { method: 'GET', path: 'files/{file}:download', prefix: 'download', handle: download },
  // The address itself is the permission, as with a signed URL.
  { method: 'GET', path: 'media/{ticket}', prefix: 'download', open: () => true, handle: downloadByTicket },
];

/** True when the content is asked for, not the metadata. */
export function isDownload(call: ApiCall): boolean {
  return (call.query.get('alt') ?? call.query.get('$alt')) === 'media';
}

/** Sends the content, or a redirect to it when the scenario wants that. */
export function sendFile(call: ApiCall, file: StoredFile): Promise<void> {
  if (!call.world.scenario.redirect_downloads) return sendContent(call, file);
  const ticket = call.world.ids.urlSafe(40);
  redirected.of(call.world).set(ticket, file);
  const location = `${call.world.origin}/download/v1beta/media/${ticket}`;
  return call.reply.send(302, call.headers({ location, 'content-type': 'text/html; charset=UTF-8' }), '');
}

function download(call: ApiCall): Promise<void> {
  const id = call.param('file');
  const file = liveFile(call.world, call.project, id);
  if (file === undefined) throw filePermissionError(id);
  if (!isDownload(call)) throw invalidArgument('Downloading a file requires the query parameter alt=media.');
  return sendFile(call, file);
}

function downloadByTicket(call: ApiCall): Promise<void> {
  const file = redirected.of(call.world).get(call.param('ticket'));
  if (file === undefined) throw new ApiError(googleError(404, 'Requested entity was not found.'));
  return sendContent(call, file);
}

function sendContent(call: ApiCall, { content, mimeType }: StoredFile): Promise<void> {
  if (content === undefined) throw invalidArgument('The file is too large for the emulator to keep.');
  return call.reply.send(200, call.headers({ 'content-type': mimeType }), content);
}
