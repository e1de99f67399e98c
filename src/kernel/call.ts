import type { FaultCode } from './errors/fault-table.js';
import type { Plane, Principal } from './principal.js';

/** What a caller showed to say who it is. */
export type Credential =
  | { readonly kind: 'none' }
  /** A token from one of the three places. */
  | { readonly kind: 'token'; readonly token: string }
  /** An `auth_tokens/…` on a path that takes one. */
  | { readonly kind: 'ephemeral'; readonly token: string }
  /** Refused without asking further: different tokens at once, or an upload session that is none. */
  | { readonly kind: 'refused'; readonly code: FaultCode; readonly detail?: string }
  /** Vouched for by a sealed upload session; the principal is the one that started it. */
  | { readonly kind: 'session'; readonly principal: Principal };

/**
 * One request as guards and interceptors see it, on either plane: an exchange on the data plane, an HTTP request on the
 * control plane.
 */
export interface Call {
  readonly plane: Plane;
  readonly requestId: string;
  /** The peer's address after `trust_proxy`. */
  readonly sourceIp: string;
  readonly credential: Credential;
  /** Set by the guard, once. */
  principal: Principal | undefined;
}
