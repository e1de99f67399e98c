import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.js';
import type { FaultPlan } from '../faults/fault-plan.js';

type Harm = NonNullable<FaultPlan['harm']>;

/** One answer on its way out. All bytes pass here, so that a scripted harm strikes at exactly the byte it names. */
export class Reply {
  /** The harm that this request was scripted to suffer. */
  harm: Harm | undefined;
  /** True once the emulator itself ended the connection. */
  brokeConnection = false;
  private struck = false;
  private sentBytes = 0;
  private extraHeaders: OutgoingHttpHeaders = {};

  constructor(
    private readonly response: ServerResponse,
    private readonly clock: Clock,
  ) {}

  /** False once the connection is gone or a harm has struck. */
  get open(): boolean {
    return !this.struck && !this.response.destroyed && !this.response.writableEnded;
  }

  /** A header for the answer to come. */
  addHeader(name: string, value: string): void {
    this.extraHeaders = { ...this.extraHeaders, [name]: value };
  }

  /** A whole answer. */
  async send(status: number, headers: OutgoingHttpHeaders, body: string | Buffer): Promise<void> {
    if (this.harm !== undefined) return this.sendHarmed(status, headers, Buffer.from(body));
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    this.response.writeHead(status, { ...headers, ...this.extraHeaders, 'content-length': bytes });
    this.response.end(body);
  }

  /** The headers of a streamed answer, on the wire before its first byte. */
  async begin(status: number, headers: OutgoingHttpHeaders): Promise<void> {
    if (this.harm?.kind !== 'cut' && this.harm?.at === 'headers') return this.strike(this.harm);
    this.response.writeHead(status, { ...headers, ...this.extraHeaders });
    this.response.flushHeaders();
    if (this.harm?.at === 0) await this.strike(this.harm);
  }

  /** A piece of a streamed answer; waits while the caller reads slowly. Each piece is a write of its own. */
  async write(piece: string | Buffer): Promise<void> {
    if (!this.open) return;
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    const harm = this.harm;
    const room = typeof harm?.at === 'number' ? harm.at - this.sentBytes : Infinity;
    await this.push(room < bytes.length ? bytes.subarray(0, room) : bytes);
    if (harm !== undefined && room <= bytes.length) await this.strike(harm);
  }

  /** The end of a streamed answer. A harm placed behind the last byte strikes here. */
  async end(): Promise<void> {
    if (!this.open) return;
    if (typeof this.harm?.at === 'number') return this.strike(this.harm);
    this.response.end();
  }

  /** Breaks the connection, or leaves it hanging, as scripted. */
  async strike(harm: Harm): Promise<void> {
    this.struck = true;
    this.brokeConnection = harm.kind !== 'stall';
    const socket = this.response.socket;
    switch (harm.kind) {
      case 'stall':
        return;
      case 'reset':
        await nextTurn();
        socket?.resetAndDestroy();
        return;
      case 'cut':
        this.finishEarly(harm.clean, socket);
    }
  }

  /** Waits; returns early when the caller goes away. */
  async pause(delayMs: number): Promise<void> {
    if (this.response.destroyed) return;
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(delayMs, done);
      const { response } = this;
      response.once('close', done);
      function done(): void {
        cancel();
        response.off('close', done);
        resolve();
      }
    });
  }

  private async sendHarmed(status: number, headers: OutgoingHttpHeaders, body: Buffer): Promise<void> {
    // A cut that must look complete needs a body without a declared length.
    const whole = this.harm?.kind === 'cut' && this.harm.clean;
    await this.begin(status, whole ? headers : { ...headers, 'content-length': body.length });
    await this.write(body);
    await this.end();
  }

  private finishEarly(clean: boolean, socket: Socket | null): void {
    if (clean) this.response.end();
    else socket?.end();
  }

  private async push(bytes: Buffer): Promise<void> {
    this.sentBytes += bytes.length;
    if (bytes.length === 0) return;
    const { response } = this;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off('close', done);
        resolve();
      };
      response.once('close', done);
      response.write(bytes, done);
    });
  }
}
