import { hash } from 'node:crypto';
import { newSecretText } from '../../kernel/ids.js';

const PREFIX = 'auth_tokens/';

/** Nobody guesses 256 bits. */
const RANDOM_BYTES = 32;

const OURS = /^auth_tokens\/[\w-]{43}$/;

/** A new ephemeral token; like Google's, it is the name of a resource, and a secret. */
export function newTokenName(): string {
  return `${PREFIX}${newSecretText(RANDOM_BYTES)}`;
}

/** Whether a credential is an ephemeral token, of whomever. */
export function isEphemeral(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** Whether it has the form of those that are minted here. */
export function isOurs(name: string): boolean {
  return OURS.test(name);
}

/** By which a token is known in the database. */
export function hashOfToken(name: string): string {
  return hash('sha256', name, 'hex');
}
