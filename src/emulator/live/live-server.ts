import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { errorPayload } from '../errors/dialect.js';
import { ApiError } from '../errors/google-error.js';
import { CallContext } from '../http/call-context.js';
import type { RequestLog } from '../http/request-log.js';
import { splitTarget } from '../http/target.js';
import type { StoredToken } from '../resources/auth-tokens.js';
import { findToken } from '../resources/auth-tokens.js';
import type { Credential } from '../world/credentials.js';
import { credentialOf, secretOf } from '../world/credentials.js';
import type { Account } from '../world/key-ring.js';
import { isRefused } from '../world/key-state.js';
import type { World } from '../world/world.js';
import { LiveSession } from './live-session.js';
import { recordSession } from './live-recorder.js';
import { LiveWire } from './live-wire.js';

// One SDK writes two slashes.
const PATH =
  /^\/{1,2}ws\/google\.ai\.generativelanguage\.(v1|v1beta|v1alpha)\.GenerativeService\.BidiGenerateContent(Constrained)?$/;

/** Takes WebSocket upgrades on the Live paths, and refuses them elsewhere. */
export class LiveServer {
  private readonly webSockets = new WebSocketServer({ noServer: true, maxPayload: 128 * 1024 * 1024 });

  constructor(private readonly log: RequestLog | undefined) {}

  /** Answers an upgrade: with a session, or with an HTTP error when that was scripted. */
  async upgrade(world: World, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const { path, query } = splitTarget(request.url ?? '/');
    const [, version, constrained] = PATH.exec(path) ?? [];
    if (version === undefined) {
      refuse(socket, 404, '{}');
      return;
    }
    const context = new CallContext(world, version);
    const credential = credentialOf(request.headers, query);
    const token = tokenOf(world, credential, constrained);
    context.account = accountOf(world, credential, token);
    context.planFaults('GET', request.url ?? '/', undefined);
    const record = this.log && recordSession(this.log, world.clock, request, context, secretOf(credential));
    if (harmedOnArrival(context, socket)) return;
    if (context.plan.delayMs > 0) await new Promise<void>((done) => world.clock.after(context.plan.delayMs, done));
    if (socket.destroyed || refusedByFault(context, socket)) return;
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const wire = new LiveWire(webSocket, socket, context);
      record?.follow(wire);
      new LiveSession(context, wire, request.url ?? '/', token).open(refusalOf(context, credential));
    });
  }
}

function accountOf(world: World, credential: Credential, token: StoredToken | undefined): Account | undefined {
  return credential.kind === 'key' ? world.keys.find(credential.value) : token?.account;
}

/** Only the constrained method takes tokens. */
function tokenOf(world: World, credential: Credential, constrained: string | undefined): StoredToken | undefined {
  if (constrained === undefined || credential.kind !== 'token') return undefined;
  return findToken(world, credential.value);
}

function harmedOnArrival({ plan }: CallContext, socket: Duplex): boolean {
  const { harm } = plan;
  if (harm === undefined || typeof harm.at === 'number') return false;
  if (harm.kind === 'reset' && 'resetAndDestroy' in socket) (socket as { resetAndDestroy(): void }).resetAndDestroy();
  return true;
}

/** A scripted error or answer refuses the upgrade itself. */
function refusedByFault(context: CallContext, socket: Duplex): boolean {
  const { outcome } = context.plan;
  if (outcome?.kind === 'answer') refuse(socket, outcome.status, outcome.body);
  if (outcome?.kind === 'error') {
    const { error } = context.error(outcome.error);
    refuse(socket, error.code, JSON.stringify(errorPayload(error, 'native'), null, 2));
  }
  return outcome?.kind === 'answer' || outcome?.kind === 'error';
}

function refuse(socket: Duplex, status: number, body: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    'content-type: application/json; charset=UTF-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Keys are checked once the connection is open: what is wrong comes as a close code. */
function refusalOf(context: CallContext, credential: Credential): ApiError | undefined {
  const { account } = context;
  if (credential.kind === 'several') return context.error('multiple_credentials');
  if (credential.kind === 'none') return context.error('unregistered');
  if (account === undefined) return context.error(credential.kind === 'key' ? 'invalid' : 'unregistered');
  const state = [account.state, account.project.state].find((each) => isRefused(each, true));
  return state === undefined || state === 'ok' ? undefined : context.error(state);
}
