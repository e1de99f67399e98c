import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../kernel/clock.js';
import type { Account } from '../world/key-ring.js';
import type { ApiCall } from './api-call.js';
import type { OpenRecord, RequestLog } from './request-log.js';

/** Records one request from now until its answer is over. */
export function recordCall(
  log: RequestLog,
  clock: Clock,
  call: ApiCall,
  credential: string | undefined,
  response: ServerResponse,
): void {
  const record = newRecord(call.request, call.account, credential, clock.now());
  log.add(record);
  call.watchBody = (piece) => {
    if (record.bodyBytes < log.maxBodyBytes) {
      record.body = (record.body ?? '') + piece.toString('utf8', 0, log.maxBodyBytes - record.bodyBytes);
    }
    record.bodyBytes += piece.length;
    log.changed(record);
  };
  response.once('close', () => {
    record.status = response.headersSent ? response.statusCode : undefined;
    record.finished = response.writableFinished;
    record.aborted = !record.finished && !call.reply.brokeConnection;
    if (record.aborted) record.abortedAt = clock.now();
    log.changed(record);
  });
}

/** A record of a request that has just arrived. */
export function newRecord(
  request: IncomingMessage,
  account: Account | undefined,
  credential: string | undefined,
  startedAt: number,
): OpenRecord {
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: request.headers,
    key: credential,
    project: account?.project.id,
    bodyBytes: 0,
    body: undefined,
    startedAt,
    status: undefined,
    finished: false,
    aborted: false,
    abortedAt: undefined,
  };
}
