import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between clients and a proxy as a transparent load balancer does, and keeps what the clients sent. */
export class TcpFront {
  /** Where connections are handed on to; set before the first one. */
  target = 0;
  readonly #received: Buffer[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (caller) => {
      const proxy = connect(this.target, '127.0.0.1');
      caller.on('data', (bytes: Buffer) => this.#received.push(bytes));
      caller.pipe(proxy).pipe(caller);
      for (const socket of [caller, proxy]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
    });
  }

  static async start(): Promise<TcpFront> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpFront(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The heads of the HTTP requests since the last call, each from its request line to its last header. */
  takeRequests(): string[] {
    const text = Buffer.concat(this.#received).toString('latin1');
    this.#received.length = 0;
    return text.match(/(?:GET|POST|DELETE) \/\S* HTTP\/1\.1\r\n(?:[^\r\n]+\r\n)*/g) ?? [];
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
