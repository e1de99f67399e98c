import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Lease } from '../../balancer/lease.js';
import { ConfigStore } from '../../config/config.store.js';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { readGoogleError } from '../../kernel/gemini/google-error.js';
import { upstreamQuery } from '../../kernel/gemini/query.js';
import { isAboutCredential, judge, type Verdict } from '../../kernel/gemini/verdict.js';
import { headersForUpstream } from '../../kernel/http/headers.js';
import type { Secret } from '../../kernel/secret.js';
import { AttemptLoop } from '../attempt-loop.js';
import type { Exchange } from '../exchange.js';
import { type Close, closeOfUpstream } from './close-codes.js';
import { judgeClose } from './judge-close.js';
import { FRAME_BYTES_MAX, LiveEnd } from './live-end.js';
import { sessionVerdict } from './session-verdict.js';
import type { SessionStart } from './session-starts.js';
import { withModel } from './setup-frame.js';

/** Error bodies are a few KiB. */
const REFUSAL_CHARS_MAX = 64 * 1024;

/** How a try to open a session upstream ended. */
type Opening =
  | { readonly kind: 'open'; readonly upstream: LiveEnd }
  | { readonly kind: 'closed'; readonly close: Close; readonly verdict: Verdict };

/** A session that upstream refused on every key that could be tried: its words go to the caller. */
export class LiveRefused extends Error {
  constructor(readonly close: Close) {
    super('upstream refused the session');
  }
}

/** Opens a Live session upstream: another key is tried until one answers `setup`. */
@Injectable()
export class LiveConnector {
  constructor(
    private readonly loop: AttemptLoop,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /** The open session; its first frame waits unread. @throws Fault, LiveRefused */
  async connect(exchange: Exchange, start: SessionStart): Promise<LiveEnd> {
    const { last } = await this.loop.run<Opening>({
      exchange,
      canRepeat: true,
      attempt: async (lease, model) => {
        if (isOver(exchange)) throw new Fault('caller_gone');
        const frame = withModel(start.frame, exchange.model, model);
        const result = await this.open(exchange, lease, { ...start, frame });
        // What ends because the caller left, or was sent away, says nothing of upstream.
        if (isOver(exchange)) throw new Fault('caller_gone');
        const verdict: Verdict =
          result.kind === 'open' ? { scope: 'ok' } : sessionVerdict(result.verdict, result.close, start);
        // Nothing was generated before setupComplete, so a session may always be opened again.
        return { result, verdict, sent: false, status: undefined };
      },
    });
    if (last.result.kind === 'open') return last.result.upstream;
    return this.refuse(exchange, last.result.close, last.verdict);
  }

  private refuse(exchange: Exchange, close: Close, verdict: Verdict): never {
    if (exchange.isClosed) throw new Fault('caller_gone');
    if (verdict.scope === 'upstream') throw new Fault('upstream_unreachable');
    if (isAboutCredential(verdict)) throw new Fault('upstream_credentials_refused');
    throw new LiveRefused(closeOfUpstream(close, exchange.scrubber));
  }

  private open(exchange: Exchange, lease: Lease, { frame, token }: SessionStart): Promise<Opening> {
    const { gemini } = this.config.current;
    const socket = new WebSocket(this.url(exchange, token), {
      headers: handshakeHeaders(exchange.arrival.request, token ? undefined : lease.key.secret),
      handshakeTimeout: gemini.timeouts.connect,
      maxPayload: FRAME_BYTES_MAX,
      perMessageDeflate: false,
      followRedirects: false,
    });
    exchange.cancel = () => {
      socket.terminate();
    };
    return new Promise((resolve) => {
      const end = new LiveEnd(socket);
      const closed = (close: Close, verdict: Verdict): void => {
        stop();
        resolve({ kind: 'closed', close, verdict });
      };
      const stop = this.clock.after(gemini.timeouts.first_byte, () => {
        closed({ code: 1006, reason: '' }, { scope: 'upstream', reason: 'timeout' });
        socket.terminate();
      });
      socket.once('open', () => {
        socket.send(frame.data, { binary: frame.isBinary });
      });
      socket.once('unexpected-response', (request, response) => {
        void readRefusal(response, gemini.timeouts.idle).then((body) => {
          const error = readGoogleError(body);
          closed({ code: 1011, reason: error.message }, judge(response.statusCode ?? 500, error));
          request.destroy();
        });
      });
      socket.once('close', (code, reason) => {
        const close = { code, reason: reason.toString('utf8') };
        closed(close, judgeClose(close));
      });
      socket.on('error', () => {
        closed({ code: 1006, reason: '' }, { scope: 'upstream', reason: 'unreachable' });
      });
      void end.first().then(() => {
        stop();
        resolve({ kind: 'open', upstream: end });
      });
    });
  }

  /** An ephemeral token stands in the query, as Google's SDKs send it, and is the one credential then. */
  private url(exchange: Exchange, token: Secret | undefined): URL {
    const url = new URL(this.config.current.gemini.base_url);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${exchange.route.path}`;
    const query = upstreamQuery(exchange.arrival.query, false);
    const credential = token && `access_token=${encodeURIComponent(token.reveal()).replace('%2F', '/')}`;
    url.search = [query, credential].filter(Boolean).join('&');
    return url;
  }
}

/** The caller has left, or was sent away and has only to agree. */
function isOver({ isClosed, fault }: Exchange): boolean {
  return isClosed || fault !== undefined;
}

function handshakeHeaders(request: IncomingMessage, key: Secret | undefined): Record<string, string> {
  const raw = headersForUpstream(request.rawHeaders);
  if (key) raw.push('x-goog-api-key', key.reveal());
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) headers[raw[i] ?? ''] = raw[i + 1] ?? '';
  return headers;
}

/** The body of a refused handshake, or what came of it: the status alone is enough to judge. */
async function readRefusal(response: IncomingMessage, idleMs: number): Promise<string> {
  let text = '';
  response.setTimeout(idleMs, () => response.destroy());
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > REFUSAL_CHARS_MAX) break;
    }
  } catch {
    // It broke off, or the caller has left.
  }
  return text;
}
