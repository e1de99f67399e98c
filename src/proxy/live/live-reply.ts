import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Fault } from '../../kernel/errors/fault.js';
import type { Dialect } from '../../kernel/gemini/dialect.js';
import { rawRefusal } from '../client-error.js';
import type { Reply } from '../exchange.js';
import { type Close, closeOfFault } from './close-codes.js';

/** How long a caller may take to answer a close frame. */
const CLOSE_GRACE_MS = 2_000;

/** The answer to a WebSocket handshake: an HTTP refusal before it is accepted, a close frame afterwards. */
export class LiveReply implements Reply {
  private socket: WebSocket | undefined;
  private refusedWith: number | undefined;
  private closed: ((whole: boolean) => void) | undefined;

  constructor(
    private readonly raw: Duplex,
    private readonly common: Readonly<Record<string, string>>,
  ) {}

  get status(): number | undefined {
    return this.socket ? 101 : this.refusedWith;
  }

  /** From here on the session is answered by close frames. */
  accepted(socket: WebSocket): void {
    this.socket = socket;
    socket.once('close', (code) => {
      this.closed?.(code !== 1006);
    });
  }

  onClose(listener: (whole: boolean) => void): void {
    this.closed = listener;
    // An accepted session tells its end itself, and how it ended, after its connection has closed.
    this.raw.once('close', () => {
      if (!this.socket) listener(this.refusedWith !== undefined);
    });
  }

  refuse(fault: Fault, dialect: Dialect, requestId: string): void {
    if (this.socket) this.close(closeOfFault(fault));
    else this.refuseHandshake(fault, dialect, requestId);
  }

  /** Ends an accepted session; a caller that does not answer the close frame is cut off. */
  close({ code, reason }: Close): void {
    const socket = this.socket;
    if (!socket || socket.readyState === socket.CLOSED) return;
    socket.close(code, reason);
    // The last word of a paused caller must be read, or its close frame never arrives.
    socket.resume();
    const timer = setTimeout(() => {
      socket.terminate();
    }, CLOSE_GRACE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
    });
  }

  private refuseHandshake(fault: Fault, dialect: Dialect, requestId: string): void {
    this.refusedWith = fault.row.status;
    this.raw.end(rawRefusal(fault, dialect, requestId, this.common), () => this.raw.destroy());
  }
}
