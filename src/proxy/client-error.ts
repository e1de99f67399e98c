import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FaultCode } from '../kernel/errors/fault-table.js';
import { Fault } from '../kernel/errors/fault.js';
import type { Dialect } from '../kernel/gemini/dialect.js';
import { newId } from '../kernel/ids.js';
import { faultBody } from './dialects/fault-body.js';

/** What Node's HTTP parser reports of bytes that it cannot read. */
export type ClientError = Error & { readonly code?: string };

const BY_CODE: Readonly<Record<string, FaultCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/** The fault that unreadable bytes are. */
export function faultOfClientError(error: ClientError): Fault {
  return new Fault(BY_CODE[error.code ?? ''] ?? 'request_malformed', { cause: error });
}

/** Answers bytes that never became a request, straight on the socket, and closes it. */
export function answerClientError(error: ClientError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawRefusal(faultOfClientError(error), 'google', newId()), () => {
    socket.destroy();
  });
}

/** A whole HTTP/1.1 response that says a fault and closes the connection, for where there is no response object. */
export function rawRefusal(
  fault: Fault,
  dialect: Dialect,
  requestId: string,
  common: Readonly<Record<string, string>> = {},
): Buffer {
  const { status } = fault.row;
  const body = Buffer.from(faultBody(fault, dialect, requestId));
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': String(body.length),
    connection: 'close',
    'x-request-id': requestId,
    'x-gemini-proxy-fault': fault.code,
    ...common,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
