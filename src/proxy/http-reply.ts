import type { ServerResponse } from 'node:http';
import type { Fault } from '../kernel/errors/fault.js';
import type { Dialect } from '../kernel/gemini/dialect.js';
import type { Framing } from '../kernel/gemini/stream-tail.js';
import { faultBody, faultTail, type Relayed } from './dialects/fault-body.js';
import type { Reply } from './exchange.js';

/** Pause before an error tail, so that it reaches the caller in a network read of its own (wire facts A.3). */
const TAIL_PAUSE_MS = 20;

/** How long a caller may take to read what comes before the tail. */
const TAIL_WAIT_MS = 2_000;

/** The HTTP response of an exchange. */
export class HttpReply implements Reply {
  /** Set when a stream of answers has begun: a failure is then said inside it. */
  framing: Framing | undefined;
  /** Where the stream stands that a tail would follow. */
  relayed: Relayed = 'nothing';

  constructor(
    readonly response: ServerResponse,
    /** Headers that every answer carries. */
    private readonly common: Readonly<Record<string, string>>,
  ) {}

  get status(): number | undefined {
    return this.response.headersSent ? this.response.statusCode : undefined;
  }

  onClose(listener: (whole: boolean) => void): void {
    this.response.once('close', () => {
      listener(this.response.writableFinished);
    });
  }

  /** Sends status and headers; the common ones are added. */
  begin(status: number, headers: Record<string, string | string[]>, requestId: string): void {
    this.response.writeHead(status, { ...headers, ...this.common, 'x-request-id': requestId });
  }

  refuse(fault: Fault, dialect: Dialect, requestId: string): void {
    if (this.response.destroyed) return;
    if (!this.response.headersSent) this.refuseWhole(fault, dialect, requestId);
    else if (this.framing === undefined) this.response.destroy();
    else this.breakOff(Buffer.from(faultTail(fault, dialect, requestId, this.relayed)));
  }

  /** Ends a stream with bytes that go out after everything before them has left. */
  endWith(tail: Buffer): void {
    this.afterPause(() => {
      this.response.end(tail);
    });
  }

  /** The same, but the body is left without an end: a client that skips the tail still sees that it is not whole. */
  private breakOff(tail: Buffer): void {
    const { response } = this;
    this.afterPause(() => {
      response.write(tail, () => response.socket?.destroySoon());
    });
  }

  /** A caller that does not read is not waited for. */
  private afterPause(then: () => void): void {
    const { response } = this;
    response.write('', () => {
      setTimeout(then, TAIL_PAUSE_MS);
    });
    const cut = setTimeout(() => response.destroy(), TAIL_WAIT_MS);
    response.once('close', () => {
      clearTimeout(cut);
    });
  }

  private refuseWhole(fault: Fault, dialect: Dialect, requestId: string): void {
    const body = Buffer.from(faultBody(fault, dialect, requestId));
    const headers: Record<string, string> = {
      'content-type': 'application/json; charset=UTF-8',
      'content-length': String(body.length),
      'x-gemini-proxy-fault': fault.code,
    };
    if (fault.retryAfterSeconds !== undefined) headers['retry-after'] = String(fault.retryAfterSeconds);
    // A body that nobody will read must not keep the connection busy.
    if (!this.response.req.complete) headers['connection'] = 'close';
    this.begin(fault.row.status, headers, requestId);
    this.response.end(this.response.req.method === 'HEAD' ? undefined : body);
  }
}
