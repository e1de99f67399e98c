import { z } from 'zod';
import { Secret } from '../../kernel/secret.js';
import type { EphemeralToken } from '../../persistence/repositories/ephemeral-token.repository.js';
import type { Vault } from '../../vault/vault.js';

const PURPOSE = 'ephemeral-token';

/** What upstream gave for an ephemeral token of ours. */
export interface UpstreamToken {
  /** Google's own token, which never leaves the proxy but for Google. */
  readonly name: Secret;
  /** The only model that Google serves under it, where it was minted for one. */
  readonly model: string | undefined;
}

/** An ephemeral token, as the sessions under it know it. */
export interface LiveToken {
  readonly id: string;
  readonly hash: string;
  readonly client: string;
  readonly project: string;
  readonly upstream: UpstreamToken;
  readonly expiresAtMs: number;
}

const sealedSchema = z.object({ name: z.string().min(1), model: z.string().optional() });

/** Upstream's token as it lies in the database. */
export function sealUpstreamToken(vault: Vault, { name, model }: UpstreamToken): string {
  return vault.seal(PURPOSE, JSON.stringify({ name: name.reveal(), model }));
}

/** The token of a row; undefined when the row was sealed with another master key. */
export function liveTokenOf(vault: Vault, row: EphemeralToken): LiveToken | undefined {
  const text = vault.open(PURPOSE, row.sealed);
  if (text === undefined) return undefined;
  const { name, model } = sealedSchema.parse(JSON.parse(text));
  const { id, hash, client, project, expiresAtMs } = row;
  return { id, hash, client, project, upstream: { name: new Secret(name), model }, expiresAtMs };
}
