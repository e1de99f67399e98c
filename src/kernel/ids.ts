import { randomBytes, randomUUID } from 'node:crypto';

/** A new id that nobody can guess (UUID version 4). */
export function newId(): string {
  return randomUUID();
}

/** Random bytes as base64url, for secrets and tokens. */
export function newSecretText(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
