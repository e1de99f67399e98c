import { hkdfSync, scryptSync } from 'node:crypto';
import type { Secret } from '../kernel/secret.js';

const KEY_BYTES = 32;
const PASSPHRASE_CHARS_MIN = 32;
const HEX = /^(?:[0-9a-f]{2})+$/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Every replica must stretch a passphrase to the same key, so the salt is fixed and only sets this use apart. */
const STRETCH = {
  salt: 'gemini-proxy master key 1',
  cost: { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 ** 2 },
} as const;

/** The master key cannot be used; the message says how to make one and never shows it. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

/** What every other key of this installation is derived from. */
export class MasterKey {
  /** Private to the language too: an ordinary field would be printed with the object. */
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /**
   * Reads `security.master_key`. Hex, base64 and base64url of 32 bytes or more are taken as they are; any other text of
   * 32 characters or more is a passphrase and is stretched with scrypt (once, about 0.1 s). Throws MasterKeyError for
   * less.
   */
  static parse(secret: Secret): MasterKey {
    const text = secret.reveal().trim();
    const decoded = decode(text);
    if (decoded) return new MasterKey(decoded);
    if (text.length >= PASSPHRASE_CHARS_MIN) return new MasterKey(stretch(text));
    throw new MasterKeyError(
      'MASTER_KEY (security.master_key) is too short. Set it to 32 random bytes, for example with `openssl rand -base64 32`.',
    );
  }

  /** 32 bytes for one use (HKDF-SHA256); they tell nothing about the master key or about those for another use. */
  derive(use: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#bytes, Buffer.alloc(0), use, KEY_BYTES));
  }
}

/** Hex comes first: its digits are base64 digits too. */
function decode(text: string): Buffer | undefined {
  const encoding = HEX.test(text) ? 'hex' : BASE64.test(text) ? 'base64' : undefined;
  const bytes = encoding && Buffer.from(text, encoding);
  return bytes && bytes.length >= KEY_BYTES ? bytes : undefined;
}

function stretch(passphrase: string): Buffer {
  return scryptSync(passphrase.normalize('NFC'), STRETCH.salt, KEY_BYTES, STRETCH.cost);
}
