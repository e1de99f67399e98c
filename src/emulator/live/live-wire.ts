import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { GoogleError } from '../errors/google-error.js';
import type { CallContext } from '../http/call-context.js';

/** The close code the service uses for an error; the reason holds its message. */
export function closeCodeOf({ code }: GoogleError): number {
  if (code === 400) return 1007;
  return code === 401 || code === 403 || code === 404 ? 1008 : 1011;
}

const REASON_BYTES_MAX = 123;

/** The server's half of a Live connection: frames of JSON out, harm at the byte that was scripted. */
export class LiveWire {
  /** True once the emulator itself broke the connection. */
  brokeConnection = false;
  private sentBytes = 0;
  private struck = false;

  constructor(
    readonly webSocket: WebSocket,
    private readonly socket: Duplex,
    private readonly context: CallContext,
  ) {}

  get open(): boolean {
    return !this.struck && this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** One server message. */
  send(message: unknown): void {
    if (!this.open) return;
    const text = JSON.stringify(message);
    const { plan } = this.context;
    this.webSocket.send(text, { binary: plan.live?.binary === true });
    this.sentBytes += Buffer.byteLength(text);
    if (typeof plan.harm?.at === 'number' && this.sentBytes >= plan.harm.at) this.strike(plan.harm.kind);
  }

  /** Closes with a code and a reason, which is cut to what a close frame holds. */
  close(code: number, reason: string): void {
    if (!this.open) return;
    this.struck = true;
    this.webSocket.close(
      code,
      Buffer.from(reason)
        .subarray(0, REASON_BYTES_MAX)
        .toString()
        .replace(/\uFFFD+$/, ''),
    );
  }

  /** Closes as the service does for an error. */
  fail(error: GoogleError): void {
    this.close(closeCodeOf(error), error.message);
  }

  /** Waits; `false` when the connection was gone afterwards. */
  async pause(delayMs: number): Promise<boolean> {
    if (delayMs > 0) await new Promise<void>((resolve) => this.context.world.clock.after(delayMs, resolve));
    return this.open;
  }

  private strike(kind: 'stall' | 'reset' | 'cut'): void {
    this.struck = true;
    if (kind === 'stall') return;
    this.brokeConnection = true;
    if (kind === 'reset' && this.socket instanceof Socket) this.socket.resetAndDestroy();
    else this.socket.end();
  }
}
