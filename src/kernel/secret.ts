import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

const MASK = '[secret]';

/** A value that cannot be printed by accident: String(), JSON, templates and inspect show a mask. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself; call it only where the value is used. */
  reveal(): string {
    return this.#value;
  }

  /** `sha256:` and 16 hex digits: tells two secrets apart and reveals neither. */
  fingerprint(): string {
    return `sha256:${createHash('sha256').update(this.#value).digest('hex').slice(0, 16)}`;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
