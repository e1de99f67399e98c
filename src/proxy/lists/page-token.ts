import { Injectable } from '@nestjs/common';
import { hash } from 'node:crypto';
import { z } from 'zod';
import { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { Vault } from '../../vault/vault.js';

const PURPOSE = 'page-token';

const TOKEN_TTL_MS = 24 * 3_600_000;

/** One list: a token of it goes on with no other. */
export interface ListIdentity {
  readonly client: string;
  readonly path: string;
  /** Every parameter but those of the page. */
  readonly filter: string;
}

/** A page of upstream, and how far the caller has seen it. */
export interface ListPosition {
  /** Whose list it is; undefined: any project may give its own. */
  readonly project?: string;
  /** Upstream's own page token, good in that project alone (wire facts B.1); empty: its first page. */
  readonly token: string;
  /** The size to ask for again, so that the page holds the same items. */
  readonly size?: number;
  /** The name of the last item that was shown; undefined: none of the page was. */
  readonly after?: string;
}

const sealedSchema = z.object({
  list: z.string(),
  project: z.string().optional(),
  token: z.string(),
  size: z.number().optional(),
  after: z.string().optional(),
  expiresAt: z.number(),
});

/**
 * Page tokens are sealed: what upstream gave out is good in one project alone, and nobody can make one that goes on with
 * the list of another client.
 */
@Injectable()
export class PageTokens {
  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** The token that goes on with this list from there; good for a day. */
  seal(list: ListIdentity, position: ListPosition): string {
    const expiresAt = this.clock.now() + TOKEN_TTL_MS;
    return this.vault.seal(PURPOSE, JSON.stringify({ ...position, list: digestOf(list), expiresAt }));
  }

  /**
   * Where a token goes on.
   * @throws Fault page_token_invalid when it was not made here, was altered, has expired, or belongs to another list
   */
  open(list: ListIdentity, token: string): ListPosition {
    const text = this.vault.open(PURPOSE, token);
    const parsed = text === undefined ? undefined : sealedSchema.safeParse(JSON.parse(text));
    if (!parsed?.success || parsed.data.list !== digestOf(list) || parsed.data.expiresAt <= this.clock.now()) {
      throw new Fault('page_token_invalid');
    }
    const { list: _list, expiresAt: _expiresAt, ...position } = parsed.data;
    return position;
  }
}

function digestOf({ client, path, filter }: ListIdentity): string {
  return hash('sha256', JSON.stringify([client, path, filter]), 'base64url');
}
