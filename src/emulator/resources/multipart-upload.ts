import { invalidArgument } from '../errors/google-error.js';
import type { ApiCall } from '../http/api-call.js';
import { parseBody, readBody } from '../http/body.js';
import { objectOf } from '../json.js';
import { FileContent } from './file-store.js';
import { completeUpload, uploadedJson } from './upload-result.js';
import type { UploadTarget } from './upload-session.js';

interface Part {
  readonly contentType: string;
  readonly content: Buffer;
}

/** `multipart/related`: a part of JSON metadata, then a part of content. Throws ApiError (400) for anything else. */
export async function multipartUpload(call: ApiCall, target: UploadTarget): Promise<void> {
  const body = await readBody(call.request, call.world.scenario.max_body_bytes, call.watchBody);
  const [metadata, media] = partsOf(body, boundaryOf(call.request.headers['content-type'] ?? ''));
  if (metadata === undefined || media === undefined) {
    throw invalidArgument('Multipart must have exactly 2 parts: metadata and media.');
  }
  const json = parseBody(metadata.content, undefined);
  const label = { mimeType: media.contentType, fileName: undefined };
  const described = { ...target, metadata: objectOf(json.file ?? json) };
  await uploadedJson(call, completeUpload(call.world, call.project, described, label, FileContent.of(media.content)));
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw invalidArgument('Multipart body has no boundary.');
  return boundary;
}

function partsOf(body: Buffer, boundary: string): Part[] {
  const parts: Part[] = [];
  const delimiter = `--${boundary}`;
  let start = body.indexOf(delimiter);
  while (start >= 0) {
    const end = body.indexOf(`\r\n${delimiter}`, start + delimiter.length);
    if (end < 0) break;
    parts.push(toPart(body.subarray(start + delimiter.length + 2, end)));
    start = end + 2;
  }
  return parts;
}

function toPart(bytes: Buffer): Part {
  const split = bytes.indexOf('\r\n\r\n');
  const headers = bytes.toString('latin1', 0, Math.max(0, split));
  const contentType = /^content-type:\s*(.+)$/im.exec(headers)?.[1]?.trim() ?? 'application/octet-stream';
  return { contentType, content: bytes.subarray(split + 4) };
}
