import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { KeyProvider, KeyProviderError } from './key-provider.js';
import { LeaseCensus } from './lease-census.js';
import { pause } from './pause.js';
import { REFRESH_MS, RotatedSecrets } from './rotated-secrets.js';
import { RotationEvents } from './rotation-events.js';

const LOOK_MS = 1_000;

/** Until then every replica uses the new secret, even one that missed a refresh. */
const WAIT_MIN_MS = 2 * REFRESH_MS;

/** Calls that last longer go on: Google looks at a key when a call begins, and takes a deleted one for minutes yet. */
const WAIT_MAX_MS = 10 * 60_000;

/** After a day the operator has been told often enough that a key could not be deleted. */
const GIVE_UP_MS = 24 * 60 * 60_000;

/** The end of a secret that was replaced: its calls finish, the key is deleted where it was made, and it is forgotten. */
@Injectable()
export class Retirement {
  constructor(
    private readonly secrets: RotatedSecrets,
    private readonly census: LeaseCensus,
    private readonly provider: KeyProvider,
    private readonly events: RotationEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Retires what a key had before; nothing happens when there is nothing. False when its key could not be deleted at the
   * provider: then it is remembered, to be tried again. Throws the signal's reason.
   */
  async retire(keyId: string, signal: AbortSignal): Promise<boolean> {
    const row = this.secrets.row(keyId);
    if (!row || row.previousSealed === null) return true;
    const fingerprint = this.secrets.previous(row)?.fingerprint() ?? '';
    await this.drain(keyId, fingerprint, signal);
    const isGone = await this.delete(keyId, row.previousProviderName, signal);
    if (!isGone && this.clock.now() < row.rotatedAtMs + GIVE_UP_MS) return false;
    await this.secrets.forgetPrevious(keyId);
    const underWay = this.census.inFlightOf(keyId, fingerprint);
    this.events.tell('old secret forgotten', keyId, { secret: fingerprint, calls_under_way: underWay });
    return true;
  }

  private async drain(keyId: string, fingerprint: string, signal: AbortSignal): Promise<void> {
    const beganMs = this.clock.monotonic();
    let waitedMs = 0;
    while (waitedMs < WAIT_MIN_MS || this.census.inFlightOf(keyId, fingerprint) > 0) {
      if (waitedMs >= WAIT_MAX_MS) return;
      await pause(this.clock, LOOK_MS, signal);
      waitedMs = this.clock.monotonic() - beganMs;
    }
  }

  private async delete(keyId: string, name: string | null, signal: AbortSignal): Promise<boolean> {
    if (name === null) return true;
    try {
      await this.provider.remove(name, signal);
      return true;
    } catch (error) {
      if (!(error instanceof KeyProviderError)) throw error;
      this.events.tell('old secret kept', keyId, { provider_keys_to_delete: [name], reason: error.message });
      return false;
    }
  }
}
