import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { Clock } from '../../kernel/clock.js';
import { KeyAgeRepository } from '../../persistence/repositories/key-age.repository.js';
import { CurrentKeys } from './current-keys.js';

/** How old the secret of a key is, in epoch milliseconds. */
export interface KeyAgeState {
  readonly firstSeenMs: number;
  /** When it should be replaced; Infinity where no age is set. */
  readonly dueMs: number;
  readonly state: 'fresh' | 'due_soon' | 'overdue';
}

/** Since when each secret has been used here: Google does not tell when a key was made. */
@Injectable()
export class KeyAges {
  private firstSeen: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly stored: KeyAgeRepository,
    private readonly keys: CurrentKeys,
    private readonly config: ConfigStore,
    private readonly clock: Clock,
  ) {}

  /** Notes secrets that are new, and reads since when the others are known. */
  async refresh(): Promise<void> {
    const firstSeenMs = this.clock.now();
    const seen = this.keys
      .all()
      .map(({ id, secret }) => ({ keyId: id, fingerprint: secret.fingerprint(), firstSeenMs }));
    await this.stored.seen(seen);
    const ages = await this.stored.all();
    this.firstSeen = new Map(ages.map((age) => [nameOf(age.keyId, age.fingerprint), age.firstSeenMs]));
  }

  /** The age of a key's secret; undefined for an unknown key. A secret that was not noted yet is new. */
  of(keyId: string): KeyAgeState | undefined {
    const key = this.keys.get(keyId);
    if (!key) return undefined;
    const { max_age: maxAgeMs, warn_before: warnBeforeMs } = this.config.current.gemini.rotation;
    const nowMs = this.clock.now();
    const firstSeenMs = this.firstSeen.get(nameOf(keyId, key.secret.fingerprint())) ?? nowMs;
    const dueMs = maxAgeMs === 0 ? Infinity : firstSeenMs + maxAgeMs;
    if (nowMs >= dueMs) return { firstSeenMs, dueMs, state: 'overdue' };
    return { firstSeenMs, dueMs, state: nowMs >= dueMs - warnBeforeMs ? 'due_soon' : 'fresh' };
  }
}

function nameOf(keyId: string, fingerprint: string): string {
  return `${keyId} ${fingerprint}`;
}
