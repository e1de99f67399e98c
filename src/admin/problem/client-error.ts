import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FaultCode } from '../../kernel/errors/fault-table.js';
import { Fault } from '../../kernel/errors/fault.js';
import { newId } from '../../kernel/ids.js';
import { PROBLEM_MEDIA_TYPE, toProblem } from './problem.js';

const BY_CODE: Readonly<Record<string, FaultCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/** Answers what never became a request, such as oversized headers, straight on the socket, and closes it. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const requestId = newId();
  const fault = new Fault(BY_CODE[error.code ?? ''] ?? 'request_malformed', { cause: error });
  const body = JSON.stringify(toProblem(fault, requestId));
  const { status } = fault.row;
  if (socket.writable) {
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\nx-request-id: ${requestId}\r\n` +
        `content-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
}
