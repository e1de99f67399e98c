import { type FaultCode, type FaultRow, FAULTS } from './fault-table.js';

/** One mistake in what was sent, with its path (`gemini.api_keys[0].weight`). */
export interface Violation {
  readonly path: string;
  readonly message: string;
}

export interface FaultOptions {
  /** Kept for the log; never shown to a caller. */
  readonly cause?: unknown;
  /** A sentence for the caller that is more exact than the table's; must hold no secret. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
  readonly violations?: readonly Violation[];
}

/** An error as data: a code of the fault table, and what this one occurrence adds to it. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly retryAfterMs: number | undefined;
  readonly violations: readonly Violation[];

  constructor(
    readonly code: FaultCode,
    options: FaultOptions = {},
  ) {
    super(options.detail ?? FAULTS[code].text, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.violations = options.violations ?? [];
  }

  /** The fault table's row of this code. */
  get row(): FaultRow {
    return FAULTS[this.code];
  }

  /** Whole seconds for a Retry-After header, at least 1; undefined when no delay is known. */
  get retryAfterSeconds(): number | undefined {
    return this.retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(this.retryAfterMs / 1000));
  }
}
