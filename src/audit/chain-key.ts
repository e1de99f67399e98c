import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** The secret that signs lines, and the public name by which a line says which one signed it. */
export interface ChainKey {
  readonly kid: string;
  /** As a KeyObject: from plain bytes each mac would cost six times as much. */
  readonly key: KeyObject;
}

/** The key of a kid, or undefined when it is not known (any more). */
export type ChainKeys = (kid: string) => KeyObject | undefined;

/** Purpose under which the vault derives the key that signs audit lines. */
export const AUDIT_CHAIN_PURPOSE = 'audit-chain';

/** Names a key by a fingerprint, so that lines signed before a change of the master key still find theirs. */
export function toChainKey(bytes: Buffer): ChainKey {
  const key = createSecretKey(bytes);
  return { kid: createHmac('sha256', key).update('kid').digest('hex').slice(0, 16), key };
}

/** Base64url HMAC-SHA256 of the bytes of a line before `,"mac"`. */
export function macOf(key: KeyObject, signed: string | Buffer): string {
  return createHmac('sha256', key).update(signed).digest('base64url');
}
