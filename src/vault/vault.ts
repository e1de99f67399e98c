import { openEnvelope, sealEnvelope } from './envelope.js';
import type { MasterKey } from './master-key.js';

/** Seals what must not be readable at rest, and derives keys for other uses. Every replica's vault opens what another sealed. */
export class Vault {
  readonly #derived = new Map<string, Buffer>();

  constructor(private readonly masterKey: MasterKey) {}

  /** 32 bytes derived from the master key by HKDF-SHA256 for one purpose, e.g. `audit-chain`. */
  subkey(purpose: string): Buffer {
    // A copy: who overwrites the bytes must not change the key of the next one who asks.
    return Buffer.from(this.derive(`subkey:${purpose}`));
  }

  /** AES-256-GCM; base64url text; only `open` with the same purpose reads it. */
  seal(purpose: string, plaintext: string): string {
    return sealEnvelope(this.derive(`seal:${purpose}`), purpose, plaintext);
  }

  /** Undefined when the text is malformed, altered or sealed for another purpose. */
  open(purpose: string, sealed: string): string | undefined {
    return openEnvelope(this.derive(`seal:${purpose}`), purpose, sealed);
  }

  /** A sealing key and a subkey of one purpose differ, so that handing out a subkey opens nothing. */
  private derive(use: string): Buffer {
    const known = this.#derived.get(use);
    if (known) return known;
    const key = this.masterKey.derive(`gemini-proxy:1:${use}`);
    this.#derived.set(use, key);
    return key;
  }
}
