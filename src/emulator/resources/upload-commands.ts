import type { ApiCall } from '../http/api-call.js';
import { CallerGoneError } from '../http/body.js';
import { accountOf } from '../http/identify.js';
import { credentialOf } from '../world/credentials.js';
import { completeUpload } from './upload-result.js';
import type { UploadSession } from './upload-session.js';
import { CHUNK_GRANULARITY_BYTES, uploads } from './upload-session.js';

/** One request of a running upload: `upload`, `upload, finalize`, `finalize`, `query` or `cancel`. */
export async function continueUpload(call: ApiCall): Promise<void> {
  const session = uploads.of(call.world).get(call.query.get('upload_id') ?? '');
  // A key is not needed here; when one comes along, it must be of the project that started the upload.
  const account = accountOf(call.world, credentialOf(call.request.headers, call.query));
  if (session === undefined || (account !== undefined && account.project !== session.project)) {
    return refuse(call, 404, 'Upload session not found.');
  }
  const commands = String(call.request.headers['x-goog-upload-command'] ?? 'upload').split(/\s*,\s*/);
  if (commands.includes('query')) return answer(call, session, '');
  if (commands.includes('cancel')) return cancel(call, session);
  await advance(call, session, commands);
}

async function advance(call: ApiCall, session: UploadSession, commands: readonly string[]): Promise<void> {
  const refusal = whyNot(call, session, commands);
  if (refusal !== undefined) return refuse(call, 400, refusal);
  if (session.status === 'final') return repeatLast(call, session);
  await receive(call, session);
  if (commands.includes('finalize')) return finalize(call, session);
  await answer(call, session, '');
}

function whyNot(call: ApiCall, session: UploadSession, commands: readonly string[]): string | undefined {
  const { headers } = call.request;
  if (session.status === 'cancelled') return 'Upload has been cancelled.';
  if (!commands.includes('upload')) return commands.includes('finalize') ? undefined : 'Unknown upload command.';
  if (session.status === 'final') return undefined;
  const offset = Number(headers['x-goog-upload-offset'] ?? session.content.bytes);
  if (offset !== session.content.bytes) {
    return `Invalid upload offset ${offset}: ${session.content.bytes} bytes have been received.`;
  }
  const length = Number(headers['content-length'] ?? 0);
  if (!commands.includes('finalize') && length % CHUNK_GRANULARITY_BYTES !== 0) {
    return `Chunks other than the last must be multiples of ${CHUNK_GRANULARITY_BYTES} bytes.`;
  }
  return undefined;
}

/** A piece counts as soon as it is here: a chunk that breaks off leaves what came of it. */
async function receive(call: ApiCall, session: UploadSession): Promise<void> {
  try {
    for await (const piece of call.request as AsyncIterable<Buffer>) {
      call.watchBody?.(piece);
      session.content.add(piece);
    }
  } catch {
    throw new CallerGoneError();
  }
}

async function finalize(call: ApiCall, session: UploadSession): Promise<void> {
  const { content, expectedBytes } = session;
  if (expectedBytes !== undefined && expectedBytes !== content.bytes) {
    return refuse(call, 400, `Upload size mismatch: ${content.bytes} bytes received, ${expectedBytes} announced.`);
  }
  session.result = completeUpload(call.world, session.project, session.target, session, content);
  session.status = 'final';
  await answer(call, session, JSON.stringify(session.result, null, 2));
}

async function repeatLast(call: ApiCall, session: UploadSession): Promise<void> {
  call.request.resume();
  await answer(call, session, JSON.stringify(session.result, null, 2));
}

async function cancel(call: ApiCall, session: UploadSession): Promise<void> {
  if (session.status === 'active') session.status = 'cancelled';
  await answer(call, session, '');
}

async function answer(call: ApiCall, session: UploadSession, body: string): Promise<void> {
  const headers = call.headers({
    'content-type': body === '' ? 'text/plain; charset=utf-8' : 'application/json; charset=UTF-8',
    'x-goog-upload-status': session.status,
    'x-goog-upload-size-received': String(session.content.bytes),
    'x-guploader-uploadid': session.id,
  });
  await call.reply.send(200, headers, body);
}

/** The upload back-end speaks plain text. */
async function refuse(call: ApiCall, status: number, message: string): Promise<void> {
  call.request.resume();
  const headers = call.headers({ 'content-type': 'text/plain; charset=utf-8', 'x-goog-upload-status': 'final' });
  await call.reply.send(status, headers, message);
}
