import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { type Principal, ROLES } from '../../kernel/principal.js';
import { Vault } from '../../vault/vault.js';
import { z } from 'zod';

const PURPOSE = 'upload-session';

/** Google keeps an unfinished upload for a week. */
const SESSION_TTL_MS = 7 * 24 * 3_600_000;

/** A resumable upload under way: who may continue it, with which key, and where. */
export interface UploadSession {
  readonly principal: Principal;
  readonly key: string;
  /** Google's URL; secret, because it may hold a credential. */
  readonly url: string;
}

const sealedSchema = z.object({
  principal: z.object({
    type: z.enum(['client', 'admin', 'anonymous']),
    id: z.string(),
    role: z.enum(ROLES),
    scopes: z.array(z.string()),
    credentialId: z.string().optional(),
  }),
  key: z.string(),
  url: z.string(),
  expiresAt: z.number(),
});

/**
 * Upload ids are sealed tokens, not rows: any replica can continue an upload, and nobody can make or read one. Chunks
 * are authorised by them, since some SDKs send no credential with a chunk (wire facts A.5).
 */
@Injectable()
export class UploadSessions {
  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** The upload id of a session, for use in a URL. */
  seal(session: UploadSession): string {
    return this.vault.seal(PURPOSE, JSON.stringify({ ...session, expiresAt: this.clock.now() + SESSION_TTL_MS }));
  }

  /** The session of an upload id; undefined when it was not made here, was altered, or has expired. */
  open(uploadId: string): UploadSession | undefined {
    const text = this.vault.open(PURPOSE, uploadId);
    const parsed = text === undefined ? undefined : sealedSchema.safeParse(JSON.parse(text));
    return parsed?.success && parsed.data.expiresAt > this.clock.now() ? parsed.data : undefined;
  }
}
