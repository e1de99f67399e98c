import type { ApiCall } from '../http/api-call.js';
import { parseBody, readBody } from '../http/body.js';
import type { Route } from '../http/router.js';
import { numberOf, objectOf, textOf } from '../json.js';
import { FileContent } from './file-store.js';
import { multipartUpload } from './multipart-upload.js';
import { findStore } from './store-shelf.js';
import { continueUpload } from './upload-commands.js';
import { completeUpload, uploadedJson } from './upload-result.js';
import type { UploadSession, UploadTarget } from './upload-session.js';
import { CHUNK_GRANULARITY_BYTES, openUpload } from './upload-session.js';

const isChunk = (query: URLSearchParams): boolean => query.has('upload_id');

export const uploadRoutes: readonly Route[] = [
  { method: 'POST', prefix: 'upload', path: 'files', body: 'raw', open: isChunk, handle: upload },
  {
    method: 'POST',
    prefix: 'upload',
    path: 'fileSearchStores/{store}:uploadToFileSearchStore',
    body: 'raw',
    open: isChunk,
    handle: upload,
  },
];

function upload(call: ApiCall): Promise<void> {
  if (isChunk(call.query)) return continueUpload(call);
  switch (protocolOf(call)) {
    case 'multipart':
      return multipartUpload(call, targetOf(call, {}));
    case 'resumable':
      return start(call);
    default:
      return rawUpload(call);
  }
}

function protocolOf(call: ApiCall): string {
  const named =
    headerOf(call, 'x-goog-upload-protocol') ?? call.query.get('uploadType') ?? call.query.get('upload_protocol');
  return named ?? (contentTypeOf(call).startsWith('multipart/') ? 'multipart' : 'raw');
}

/** `start` answers with the session's address; `start, upload, finalize` does all of it in one request. */
async function start(call: ApiCall): Promise<void> {
  const commands = (headerOf(call, 'x-goog-upload-command') ?? 'start').split(/\s*,\s*/);
  if (commands.includes('finalize')) return rawUpload(call);
  const { world } = call;
  const bytes = await readBody(call.request, world.scenario.max_body_bytes, call.watchBody);
  const body = parseBody(bytes, undefined);
  const session = openUpload(world, {
    project: call.project,
    target: targetOf(call, objectOf(body.file ?? body)),
    mimeType:
      headerOf(call, 'x-goog-upload-header-content-type') ??
      textOf(objectOf(body.file).mimeType) ??
      'application/octet-stream',
    fileName: headerOf(call, 'x-goog-upload-file-name'),
    expectedBytes: numberOf(headerOf(call, 'x-goog-upload-header-content-length')),
  });
  await call.reply.send(200, sessionHeaders(call, session), '');
}

function sessionHeaders(call: ApiCall, session: UploadSession): Record<string, string> {
  const url = `${call.world.origin}${call.path}?upload_id=${session.id}&upload_protocol=resumable`;
  return {
    ...(call.headers({ 'content-type': 'text/plain; charset=utf-8' }) as Record<string, string>),
    'x-goog-upload-url': url,
    'x-goog-upload-control-url': url,
    'x-goog-upload-status': 'active',
    'x-goog-upload-chunk-granularity': String(CHUNK_GRANULARITY_BYTES),
    'x-guploader-uploadid': session.id,
  };
}

/** The body is the content. */
async function rawUpload(call: ApiCall): Promise<void> {
  const content = new FileContent();
  for await (const piece of call.request as AsyncIterable<Buffer>) {
    call.watchBody?.(piece);
    content.add(piece);
  }
  const mimeType = headerOf(call, 'x-goog-upload-header-content-type') ?? contentTypeOf(call);
  const label = { mimeType, fileName: headerOf(call, 'x-goog-upload-file-name') };
  const result = completeUpload(call.world, call.project, targetOf(call, {}), label, content);
  await uploadedJson(call, result);
}

function targetOf(call: ApiCall, metadata: Record<string, unknown>): UploadTarget {
  const store = call.param('store');
  if (store === '') return { kind: 'file', metadata };
  return { kind: 'store', store: findStore(call.project, `fileSearchStores/${store}`).name, metadata };
}

function contentTypeOf(call: ApiCall): string {
  return call.request.headers['content-type'] ?? 'application/octet-stream';
}

function headerOf(call: ApiCall, name: string): string | undefined {
  const value = call.request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
