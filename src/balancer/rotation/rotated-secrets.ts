import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { Secret } from '../../kernel/secret.js';
import { type KeySecret, KeySecretRepository } from '../../persistence/repositories/key-secret.repository.js';
import { Vault } from '../../vault/vault.js';
import { KeyOverridesStore } from '../keys/key-overrides.js';
import type { CurrentKey } from './current-keys.js';
import { repeat } from './repeat.js';
import { RotationEvents } from './rotation-events.js';

const PURPOSE = 'key-secret';

/** A secret that was put in on one replica is used by every other after this time. */
export const REFRESH_MS = 30_000;

interface Row extends KeySecret {
  readonly secret: Secret;
}

/** A new secret, and where it comes from. */
export interface Replacement {
  readonly secret: Secret;
  readonly providerName: string | null;
}

/**
 * The secrets that took the place of configured ones: sealed in the database, in force on every replica. One counts for
 * as long as the configuration has the very secret that it replaces; a newer one in the configuration wins.
 */
@Injectable()
export class RotatedSecrets implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Rotation');
  private rows: readonly Row[] = [];
  private changes = 0;
  private stop: readonly Cancel[] = [];
  /** Rows that cannot be opened are told once. */
  private readonly unreadable = new Set<string>();

  constructor(
    private readonly config: ConfigStore,
    private readonly overrides: KeyOverridesStore,
    private readonly stored: KeySecretRepository,
    private readonly vault: Vault,
    private readonly events: RotationEvents,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.refresh();
    const failed = (error: unknown): void => {
      this.log.warn({ err: error }, 'The rotated secrets could not be read; those that are known stay in force.');
    };
    this.stop = [
      repeat({ clock: this.clock, intervalMs: () => REFRESH_MS, work: () => this.refresh(), failed }),
      this.config.onChange(() => {
        this.enforce();
        this.dropStale().catch(failed);
      }),
    ];
  }

  onModuleDestroy(): void {
    for (const stop of this.stop) stop();
  }

  /** Reads all rows, and puts in force what another replica put in. */
  async refresh(): Promise<void> {
    const { changes } = this;
    const rows = await this.stored.all();
    // What this replica put in meanwhile is newer than what was read.
    if (changes !== this.changes) return;
    this.rows = rows.flatMap((row) => this.opened(row));
    this.enforce();
    await this.dropStale();
  }

  /** What is stored for a key. */
  row(keyId: string): KeySecret | undefined {
    return this.rows.find((row) => row.keyId === keyId);
  }

  /** The secret that a key had before, while that is remembered. */
  previous({ previousSealed }: KeySecret): Secret | undefined {
    const text = previousSealed === null ? undefined : this.vault.open(PURPOSE, previousSealed);
    return text === undefined ? undefined : new Secret(text);
  }

  /** Stores a new secret for a key, with the one that it had, then puts it in force. */
  async put(key: CurrentKey, next: Replacement): Promise<void> {
    const nowMs = this.clock.now();
    const before = this.row(key.id);
    const isApplied = before?.replaces === key.configured.fingerprint();
    const row: KeySecret = {
      keyId: key.id,
      sealed: this.vault.seal(PURPOSE, next.secret.reveal()),
      replaces: key.configured.fingerprint(),
      providerName: next.providerName,
      previousSealed: this.vault.seal(PURPOSE, key.secret.reveal()),
      previousProviderName: isApplied ? before.providerName : null,
      createdAtMs: before?.createdAtMs ?? nowMs,
      rotatedAtMs: nowMs,
    };
    await this.stored.put(row);
    const lost = before?.previousProviderName ?? null;
    if (lost !== null) this.events.tell('old secret kept', key.id, { provider_keys_to_delete: [lost] });
    this.keep({ ...row, secret: next.secret });
    this.events.tell('key rotated', key.id, {
      from: key.secret.fingerprint(),
      to: next.secret.fingerprint(),
      provider_key: next.providerName ?? undefined,
    });
  }

  /** Drops what a key had before. */
  async forgetPrevious(keyId: string): Promise<void> {
    await this.stored.forgetPrevious(keyId);
    const row = this.rows.find((other) => other.keyId === keyId);
    if (row) this.keep({ ...row, previousSealed: null, previousProviderName: null });
  }

  private keep(row: Row): void {
    this.changes += 1;
    this.rows = [...this.rows.filter(({ keyId }) => keyId !== row.keyId), row];
    this.enforce();
  }

  /** Puts the rows that count in force; nobody is told when nothing changed. */
  private enforce(): void {
    const counting = this.rows.filter((row) => this.configured(row.keyId)?.fingerprint() === row.replaces);
    const { secrets } = this.overrides.current;
    const isSame =
      counting.length === secrets.size &&
      counting.every(({ keyId, secret }) => secrets.get(keyId)?.reveal() === secret.reveal());
    if (!isSame) this.overrides.change({ secrets: new Map(counting.map(({ keyId, secret }) => [keyId, secret])) });
  }

  /** A row of a key that is not configured at present waits for its return. */
  private async dropStale(): Promise<void> {
    for (const { keyId, replaces, secret, providerName, previousProviderName } of this.rows) {
      const configured = this.configured(keyId);
      if (!configured || configured.fingerprint() === replaces) continue;
      if (!(await this.drop(keyId, replaces))) continue;
      const isSame = configured.fingerprint() === secret.fingerprint();
      const unused = [isSame ? null : providerName, previousProviderName].filter((name) => name !== null);
      this.events.tell('rotated secret dropped', keyId, {
        reason: isSame ? 'the configuration has it now' : 'the configuration has a newer secret',
        provider_keys_to_delete: unused.length > 0 ? unused : undefined,
      });
    }
  }

  /** False when another replica was faster, or has put in a new one meanwhile. */
  private async drop(keyId: string, replaces: string): Promise<boolean> {
    const stored = (await this.stored.all()).find((row) => row.keyId === keyId);
    const isThere = stored?.replaces === replaces;
    if (isThere) await this.stored.remove(keyId);
    this.changes += 1;
    this.rows = this.rows.filter((row) => row.keyId !== keyId || row.replaces !== replaces);
    return isThere;
  }

  private configured(keyId: string): Secret | undefined {
    return this.config.current.gemini.api_keys.find(({ id }) => id === keyId)?.key;
  }

  private opened(row: KeySecret): Row[] {
    const text = this.vault.open(PURPOSE, row.sealed);
    if (text !== undefined) return [{ ...row, secret: new Secret(text) }];
    if (!this.unreadable.has(row.sealed)) {
      this.unreadable.add(row.sealed);
      this.log.error(
        { keyId: row.keyId },
        `The rotated secret of key ${row.keyId} cannot be opened with this master key, so the configured one is used. Start with the master key that sealed it, or rotate the key again.`,
      );
    }
    return [];
  }
}
