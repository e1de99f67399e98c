import type { IncomingMessage } from 'node:http';
import type { RawData } from 'ws';
import type { Clock } from '../../kernel/clock.js';
import type { CallContext } from '../http/call-context.js';
import { newRecord } from '../http/recorder.js';
import type { OpenRecord, RequestLog } from '../http/request-log.js';
import type { LiveWire } from './live-wire.js';

/** Keeps the record of a Live session; its body is what the client sent, a line for each message. */
export interface SessionRecord {
  follow(wire: LiveWire): void;
}

/** Records a Live session from its upgrade to its close. */
export function recordSession(
  log: RequestLog,
  clock: Clock,
  request: IncomingMessage,
  context: CallContext,
  credential: string | undefined,
): SessionRecord {
  const record = newRecord(request, context.account, credential, clock.now());
  log.add(record);
  const over = (finished: boolean, aborted: boolean): void => {
    record.finished = finished;
    record.aborted = aborted;
    if (aborted) record.abortedAt = clock.now();
    log.changed(record);
  };
  const leftEarly = (): void => {
    over(false, true);
  };
  request.socket.once('close', leftEarly);
  return {
    follow: (wire) => {
      record.status = 101;
      request.socket.off('close', leftEarly);
      wire.webSocket.on('message', (data) => {
        keep(record, data, log.maxBodyBytes);
        log.changed(record);
      });
      // 1006: the connection went without a close frame.
      wire.webSocket.once('close', (code) => {
        over(code !== 1006, code === 1006 && !wire.brokeConnection);
      });
    },
  };
}

function keep(record: OpenRecord, data: RawData, maxBytes: number): void {
  const bytes = data as Buffer;
  if (record.bodyBytes < maxBytes) record.body = `${record.body ?? ''}${bytes.toString('utf8', 0, maxBytes)}\n`;
  record.bodyBytes += bytes.length;
}
