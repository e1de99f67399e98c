import type { FastifyRequest } from 'fastify';
import type { Call, Credential } from '../../kernel/call.js';
import { newId } from '../../kernel/ids.js';
import type { Principal } from '../../kernel/principal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Attached before anything else sees the request. */
    call: ControlCall | undefined;
  }
}

/** A request of the control plane as guards and interceptors see it. */
export class ControlCall implements Call {
  readonly plane = 'control';
  readonly requestId = newId();
  readonly sourceIp: string;
  readonly credential: Credential;
  principal: Principal | undefined;

  constructor(request: FastifyRequest) {
    this.sourceIp = request.ip;
    this.credential = bearerOf(request.headers.authorization);
  }

  /** The call of the request; made here when the request was refused before one was attached. */
  static of(request: FastifyRequest): ControlCall {
    request.call ??= new ControlCall(request);
    return request.call;
  }
}

/** The Authorization header alone counts here: a token in a URL ends up in logs and histories. */
function bearerOf(header: string | undefined): Credential {
  const token = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  return token === undefined ? { kind: 'none' } : { kind: 'token', token };
}
