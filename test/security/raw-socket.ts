import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How long a test waits for what must come at once. */
const PATIENCE_MS = 2_000;

/** A connection that says exactly what a test wants, and keeps what it hears. */
export class RawSocket {
  text = '';

  constructor(
    port: number,
    readonly socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }),
  ) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')));
  }

  say(text: string): this {
    this.socket.write(text);
    return this;
  }

  /** Resolves when `part` has been heard; rejects when it does not come in time. */
  async hears(part: string): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (!this.text.includes(part)) await once(this.socket, 'data', { signal });
  }

  /** Resolves when the other side says no more; rejects when it does not end in time. */
  async ends(): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    if (this.socket.closed || this.socket.readableEnded) return;
    await Promise.race([once(this.socket, 'end', { signal }), once(this.socket, 'close', { signal })]);
  }
}

/** An upstream that speaks bytes: `answer` is called with each connection once its first bytes have come. */
export class RawUpstream {
  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
  ) {}

  static async start(answer: (socket: Socket, head: string) => void): Promise<RawUpstream> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', (head: Buffer) => {
        answer(socket, head.toString('latin1'));
        server.emit('asked', socket);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RawUpstream(server, sockets);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next connection on which something was asked. */
  async asked(): Promise<Socket> {
    const [socket] = (await once(this.server, 'asked')) as [Socket];
    return socket;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Milliseconds until a connection has closed; 0 when it was closed before. */
export async function msUntilClosed(socket: Socket): Promise<number> {
  const startMs = performance.now();
  if (!socket.closed) await once(socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return performance.now() - startMs;
}
