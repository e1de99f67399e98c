import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { ProxyHarness } from '../support/proxy.harness.js';

export const LIVE_MODEL = 'gemini-3.8-live';

/** The path of a Live session; ephemeral tokens have one of their own. */
export const livePath = (method = 'BidiGenerateContent', version = 'v1alpha'): string =>
  `/ws/google.ai.generativelanguage.${version}.GenerativeService.${method}`;

const CONSTRAINED = livePath('BidiGenerateContentConstrained');

const TURN = { clientContent: { turns: [{ role: 'user', parts: [{ text: 'hello' }] }], turnComplete: true } };

export interface ServerMessage {
  readonly setupComplete?: object;
  readonly serverContent?: { readonly turnComplete?: boolean };
  readonly sessionResumptionUpdate?: { readonly newHandle?: string };
}

type Close = readonly [code: number, reason: string];

/** A caller of Live sessions that keeps what it hears. */
export class LiveCaller {
  readonly messages: ServerMessage[] = [];
  /** How the session ended. */
  readonly closed: Promise<Close>;
  private readonly socket: WebSocket;
  private wake: () => void = () => undefined;

  constructor({ url }: { readonly url: string }, path: string, headers: Readonly<Record<string, string>> = {}) {
    this.socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as ServerMessage);
      this.wake();
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        resolve([code, reason.toString()]);
      });
    });
  }

  /** With a client token. */
  static withToken(proxy: ProxyHarness, token = proxy.token): LiveCaller {
    return new LiveCaller(proxy, livePath(), { 'x-goog-api-key': token });
  }

  /** With an ephemeral token, as browsers send it. */
  static withEphemeral(proxy: ProxyHarness, name: string): LiveCaller {
    return new LiveCaller(proxy, `${CONSTRAINED}?access_token=${name}`);
  }

  /** Waits until the handshake was accepted. */
  async accepted(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
    return this;
  }

  /** Sends `setup`; `more` stands beside its model. */
  async begin(more: object = {}): Promise<this> {
    await this.accepted();
    const generationConfig = { responseModalities: ['TEXT'] };
    this.say({ setup: { model: `models/${LIVE_MODEL}`, generationConfig, ...more } });
    return this;
  }

  /** Sends `setup` and waits until upstream has taken it. */
  async open(more: object = {}): Promise<this> {
    await this.begin(more);
    await this.hear(({ setupComplete }) => setupComplete !== undefined);
    return this;
  }

  /** Opens a session that tells handles, or goes on with one, and reads the first that it tells. */
  async handle(from?: string): Promise<string> {
    await this.open({ sessionResumption: from === undefined ? {} : { handle: from } });
    const { sessionResumptionUpdate } = await this.hear((message) => message.sessionResumptionUpdate !== undefined);
    return sessionResumptionUpdate?.newHandle ?? '';
  }

  /** Asks something and waits for the whole answer. */
  async turn(): Promise<void> {
    this.say(TURN);
    await this.hear(({ serverContent }) => serverContent?.turnComplete === true);
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The first message, come or to come, that is looked for. */
  async hear(isWanted: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    for (;;) {
      const found = this.messages.find(isWanted);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Status and fault of a handshake that is refused. */
  async refusal(): Promise<string> {
    const [, response] = (await once(this.socket, 'unexpected-response')) as [unknown, IncomingMessage];
    response.resume();
    return `${response.statusCode} ${String(response.headers['x-gemini-proxy-fault'])}`;
  }

  /** Ends the session; resolves when both sides agree. */
  async leave(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }

  /** Lets go without a word. */
  drop(): void {
    this.socket.terminate();
  }
}

/** Mints an ephemeral token for the holder of a client token. */
export async function mint(proxy: ProxyHarness, body: object = {}, token = proxy.token): Promise<string> {
  const response = await proxy.fetch('/v1alpha/auth_tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-goog-api-key': token },
    body: JSON.stringify(body),
  });
  const { name } = (await response.json()) as { readonly name?: string };
  if (name === undefined) throw new Error(`no token was minted: ${response.status}`);
  return name;
}
