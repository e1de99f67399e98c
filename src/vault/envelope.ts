import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
/** The first byte of every envelope; another layout gets another number. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;

/** Encrypts and authenticates: version, nonce, ciphertext and tag as base64url. The context is authenticated too. */
export function sealEnvelope(key: Buffer, context: string, plaintext: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(context));
  const body = [cipher.update(plaintext, 'utf8'), cipher.final()];
  return Buffer.concat([Buffer.of(VERSION), nonce, ...body, cipher.getAuthTag()]).toString('base64url');
}

/** The plaintext; undefined when the text is malformed, altered, or sealed with another key or context. */
export function openEnvelope(key: Buffer, context: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  // The decoder ignores what is not base64url, and unused bits at the end: only the very text that was made opens.
  if (bytes.toString('base64url') !== sealed) return undefined;
  if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes[0] !== VERSION) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(1, HEADER_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const body = decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function associated(context: string): Buffer {
  return Buffer.from(`${VERSION}:${context}`, 'utf8');
}
