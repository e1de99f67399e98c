/** The two faces of a replica: what Gemini clients call, and what operators call. */
export type Plane = 'data' | 'control';

/** The roles of the contract; the order is that of docs/security.md. */
export const ROLES = ['admin', 'operator', 'auditor', 'viewer', 'client'] as const;
export type Role = (typeof ROLES)[number];

/** Who is behind a call, as far as a verified credential tells. */
export interface Principal {
  readonly type: 'client' | 'admin' | 'anonymous';
  /** The client's id or the admin's user name. */
  readonly id: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  /** The id of the token or session behind it, for revocation. */
  readonly credentialId?: string;
  /** When it ends, in milliseconds since the epoch, where that is known. */
  readonly expiresAtMs?: number;
}

/** Callers while `auth.enabled` is false. */
export const ANONYMOUS: Principal = { type: 'anonymous', id: 'anonymous', role: 'client', scopes: [] };
