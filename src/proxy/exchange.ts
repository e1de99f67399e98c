import type { IncomingMessage } from 'node:http';
import type { Lease, Place } from '../balancer/lease.js';
import type { UpstreamKey } from '../balancer/keys/upstream-key.js';
import type { Call, Credential } from '../kernel/call.js';
import type { Clock } from '../kernel/clock.js';
import type { FaultCode } from '../kernel/errors/fault-table.js';
import type { Fault } from '../kernel/errors/fault.js';
import { newId } from '../kernel/ids.js';
import { type Dialect, dialectOf } from '../kernel/gemini/dialect.js';
import type { Query } from '../kernel/gemini/query.js';
import type { Resource } from '../kernel/gemini/resource.js';
import type { Route } from '../kernel/gemini/route.js';
import { Scrubber } from '../kernel/http/scrubber.js';
import type { Principal } from '../kernel/principal.js';
import type { Ending, SettledAttempt, SettledExchange } from '../kernel/settled-exchange.js';
import type { Account } from './answer-account.js';
import type { UploadSession } from './uploads/upload-session.js';

/** Before any key was used. */
const KEYLESS = new Scrubber();

const NO_ACCOUNT: Pick<Account, 'tokens' | 'servedModel'> = { tokens: undefined, servedModel: undefined };

/** How the caller is answered: by an HTTP response, or through a WebSocket upgrade. */
export interface Reply {
  /** Status that went to the caller; undefined when none did. */
  readonly status: number | undefined;
  /** Says a fault in the dialect, or on the wire of a stream that has begun. */
  refuse(fault: Fault, dialect: Dialect, requestId: string): void;
  /** Calls back once, when nothing can be sent any more; `whole` when everything was. */
  onClose(listener: (whole: boolean) => void): void;
}

/** What is known of a call when its headers have been read. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly reply: Reply;
  readonly sourceIp: string;
  /** The peer is a proxy of ours, whose forwarded headers are believed. */
  readonly trustsPeer: boolean;
  readonly path: string;
  readonly query: Query;
  readonly route: Route | undefined;
  /** False when the request target has no canonical form. */
  readonly isReadable: boolean;
  readonly credential: Credential;
  readonly uploadSession?: UploadSession;
}

/** What a call names of what somebody owns. */
export interface Claims {
  /** Whose it is: the caller's, or that of the client whose things an administrator handles. */
  readonly owner: string;
  /** What nobody is known to own; if upstream finds it, it is the caller's. */
  readonly unowned: readonly Resource[];
}

/** One proxied call from its headers to its settlement: the state that the phases share. */
export class Exchange implements Call {
  readonly plane = 'data';
  readonly call: Call = this;
  readonly requestId = newId();
  readonly startedAt: number;
  principal: Principal | undefined;
  body: Buffer | undefined;
  /** As the caller asked for it. */
  model: string | undefined;
  /** The only model that can serve the call, as upstream knows it, whatever the caller named; undefined: any may. */
  boundModel: string | undefined;
  /** The only place where the call can be served; undefined when any will do. */
  place: Place | undefined;
  /** Nobody knows which project owns what the call names: each may be asked. */
  seeksOwner = false;
  claims: Claims | undefined;
  /** The right under which the last attempt was made. */
  lease: Lease | undefined;
  /** The model that the last attempt asked upstream for. */
  routedModel: string | undefined;
  /** Milliseconds spent waiting for a key. */
  queuedMs = 0;
  /** The key of the last attempt: the only one that what upstream says can quote. */
  key: UpstreamKey | undefined;
  readonly attempts: SettledAttempt[] = [];
  /** What the answer tells of its cost; calls that consume no model have none. */
  account: Account | undefined;
  /** Upstream broke off, or reported an error, after the first byte. */
  truncated = false;
  fault: Fault | undefined;
  /** Resolves when the response has closed. */
  readonly settled: Promise<SettledExchange>;
  /** Stops whatever upstream still does for the exchange; called when the response has closed, and harmless at its end. */
  cancel: (() => void) | undefined;
  isClosed = false;
  private readonly startedMs: number;
  private firstByteMs: number | undefined;

  constructor(
    readonly arrival: Arrival,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
    this.startedMs = clock.monotonic();
    this.settled = new Promise((resolve) => {
      arrival.reply.onClose((whole) => {
        this.isClosed = true;
        this.cancel?.();
        resolve(this.settle(whole));
      });
    });
  }

  get sourceIp(): string {
    return this.arrival.sourceIp;
  }

  get credential(): Credential {
    return this.arrival.credential;
  }

  /** Takes credentials out of what upstream says outside model output. */
  get scrubber(): Scrubber {
    return this.key?.scrubber ?? KEYLESS;
  }

  /** The route; only for phases after `understand`, which refuses calls without one. */
  get route(): Route {
    const { route } = this.arrival;
    if (!route) throw new Error('the route is read before the call was understood');
    return route;
  }

  get dialect(): Dialect {
    const { path, route, query } = this.arrival;
    return dialectOf(path, route?.surface, query.alt);
  }

  /** Milliseconds since the headers were read. */
  elapsedMs(): number {
    return this.clock.monotonic() - this.startedMs;
  }

  /** Milliseconds from the headers to the end of the call: the caller's own limit where it states one (wire facts C.4). */
  deadlineMs(totalMs: number): number {
    const stated = Number(this.arrival.request.headers['x-server-timeout']);
    return stated > 0 ? Math.min(totalMs, stated * 1_000) : totalMs;
  }

  /** An attempt begins; the one before it has ended. */
  begin(lease: Lease, model: string | undefined): void {
    this.lease?.end();
    this.lease = lease;
    this.key = lease.key;
    this.routedModel = model;
  }

  /** Notes the first byte that goes to the caller. */
  markFirstByte(): void {
    this.firstByteMs ??= this.elapsedMs();
  }

  /**
   * Ends the call with a fault in its dialect, or cuts a stream that has begun. The first fault is the one that counts.
   * Resolves when the call has settled.
   */
  fail(fault: Fault): Promise<SettledExchange> {
    if (!this.fault && !this.isClosed) {
      this.fault = fault;
      this.truncated = this.hasAnswered;
      this.arrival.reply.refuse(fault, this.dialect, this.requestId);
    }
    return this.settled;
  }

  /** Whether a part of upstream's answer went to the caller; accepting a WebSocket is none. */
  private get hasAnswered(): boolean {
    const { reply, route } = this.arrival;
    return this.firstByteMs !== undefined || (reply.status !== undefined && route?.surface !== 'live');
  }

  private settle(whole: boolean): SettledExchange {
    const { request, reply, sourceIp, path, route } = this.arrival;
    const { tokens, servedModel } = this.account ?? NO_ACCOUNT;
    this.lease?.end(tokens?.input);
    return {
      id: this.requestId,
      surface: route?.surface ?? 'native',
      httpMethod: request.method ?? 'GET',
      path,
      sourceIp,
      principal: this.principal,
      startedAt: this.startedAt,
      durationMs: this.elapsedMs(),
      firstByteMs: this.firstByteMs,
      status: reply.status ?? 499,
      ending: this.ending(whole),
      fault: this.faultCode(whole),
      model: this.model,
      key: this.key?.id,
      attempts: this.attempts,
      routedModel: this.routedModel,
      servedModel,
      tokens,
      warmth: this.lease?.warmth,
      queuedMs: this.queuedMs,
    };
  }

  private faultCode(whole: boolean): FaultCode | undefined {
    return this.fault?.code ?? (whole || this.truncated ? undefined : 'caller_gone');
  }

  private ending(whole: boolean): Ending {
    if (this.truncated) return 'truncated';
    if (!whole) return 'aborted';
    return this.fault ? 'refused' : 'complete';
  }
}
