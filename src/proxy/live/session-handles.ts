import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '../../kernel/clock.js';
import { Vault } from '../../vault/vault.js';

const PURPOSE = 'live-session-handle';

/** Tells our handles from those that Google gave to somebody who did not come through the proxy. */
const PREFIX = 'proxied.';

/** As long as a session of Google's can be resumed (wire facts A.4). */
const TTL_MS = 2 * 3_600_000;

/** A session that can be resumed, and where. */
export interface Resumable {
  readonly client: string;
  readonly project: string;
  /** The model that serves it, as upstream knows it: a session keeps its model. */
  readonly model?: string;
  /** Google's own handle. */
  readonly handle: string;
}

const sealedSchema = z.object({
  client: z.string(),
  project: z.string(),
  model: z.string().optional(),
  handle: z.string(),
  expiresAtMs: z.number(),
});

/**
 * Handles of Live sessions as callers get them: sealed, not rows, since upstream tells a new one every second or so. Any
 * replica resumes with them, and nobody can make, read or pass one on to another client.
 */
@Injectable()
export class SessionHandles {
  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** The handle that the caller gets. */
  seal(session: Resumable): string {
    const sealed = JSON.stringify({ ...session, expiresAtMs: this.clock.now() + TTL_MS });
    return `${PREFIX}${this.vault.seal(PURPOSE, sealed)}`;
  }

  /** Whether a handle was given out here, or pretends so. */
  isSealed(handle: string): boolean {
    return handle.startsWith(PREFIX);
  }

  /** The session behind a handle; undefined when it was altered, or has expired. */
  open(handle: string): Resumable | undefined {
    const text = this.isSealed(handle) ? this.vault.open(PURPOSE, handle.slice(PREFIX.length)) : undefined;
    const parsed = text === undefined ? undefined : sealedSchema.safeParse(JSON.parse(text));
    return parsed?.success && parsed.data.expiresAtMs > this.clock.now() ? parsed.data : undefined;
  }
}
