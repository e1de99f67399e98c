import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import type { Secret } from '../../kernel/secret.js';
import { type CurrentKey, CurrentKeys } from './current-keys.js';
import { NewSecrets } from './new-secrets.js';
import { repeat } from './repeat.js';
import { Retirement } from './retirement.js';
import { type Replacement, RotatedSecrets } from './rotated-secrets.js';
import { type RotationJob, RotationJobs } from './rotation-jobs.js';

/** How often what other replicas left is looked for. */
const RESUME_MS = 10 * 60_000;

/** A key that was rotated; secrets are named by their fingerprints. */
export interface Rotated {
  readonly keyId: string;
  readonly fingerprint: string;
  readonly replaced: string;
  /** The resource name at the provider that made the new key; null for one that was given. */
  readonly providerName: string | null;
}

/**
 * Replaces the secret of a key in place, in this order: the new one is tried at Google, stored, and put in force; the
 * calls under way with the old one finish; the old one is deleted where it was made, and forgotten. One rotation of a key
 * at a time on all replicas; one that is broken off by a crash is finished by whoever comes next.
 */
@Injectable()
export class KeyRotation implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Rotation');
  private readonly stopping = new AbortController();
  private stopResuming: Cancel = () => undefined;

  constructor(
    private readonly keys: CurrentKeys,
    private readonly secrets: RotatedSecrets,
    private readonly fresh: NewSecrets,
    private readonly retirement: Retirement,
    private readonly jobs: RotationJobs,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const failed = (error: unknown): void => {
      this.logUnlessStopping(error, 'What earlier rotations left could not be looked after; it is tried again.');
    };
    const work = (): Promise<void> => this.resume();
    work().catch(failed);
    this.stopResuming = repeat({ clock: this.clock, intervalMs: () => RESUME_MS, work, failed });
  }

  onModuleDestroy(): void {
    this.stopResuming();
    this.stopping.abort(new Fault('draining'));
  }

  /**
   * Replaces the secret of a key by the given one, or by a new one of the provider; resolves when the new one is in force.
   * Throws Fault, and changes nothing, when there is no such key (`key_unknown`), the new secret cannot be one or none is
   * to be had (`validation_failed`, `key_provider_failed`), Google refuses it (`key_refused`) or cannot be asked
   * (`key_untested`), or the key is being rotated already (`rotation_running`).
   */
  async rotate(keyId: string, given?: Secret): Promise<Rotated> {
    this.fresh.check(this.key(keyId), given);
    const job = await this.jobs.begin(keyId);
    if (!job) throw new Fault('rotation_running');
    const { key, next } = await this.prepare(job, given);
    await this.switch(job, key, next);
    void this.finish(job);
    const [fingerprint, replaced] = [next.secret.fingerprint(), key.secret.fingerprint()];
    return { keyId, fingerprint, replaced, providerName: next.providerName };
  }

  /** Whether a new secret for the key can be made. */
  hasProvider(keyId: string): boolean {
    const key = this.keys.get(keyId);
    return key !== undefined && this.fresh.canMake(key);
  }

  private async prepare(job: RotationJob, given: Secret | undefined): Promise<{ key: CurrentKey; next: Replacement }> {
    try {
      // Another replica may have rotated the key a moment ago.
      await this.secrets.refresh();
      const key = this.key(job.keyId);
      return { key, next: await this.fresh.obtain(key, job.orderId, given, this.stopping.signal) };
    } catch (error) {
      // A key that was ordered is deleted again; one whose making is not over yet is left for later.
      await this.jobs.end(job, given ? 'over' : 'left');
      throw error;
    }
  }

  private async switch(job: RotationJob, key: CurrentKey, next: Replacement): Promise<void> {
    try {
      await this.secrets.put(key, next);
    } catch (error) {
      // Whether it was stored is not known; who looks after it later sees.
      await this.jobs.end(job, 'left').catch(() => undefined);
      throw error;
    }
  }

  private async finish(job: RotationJob): Promise<void> {
    try {
      const isRetired = await this.retirement.retire(job.keyId, this.stopping.signal);
      await this.jobs.end(job, isRetired ? 'over' : 'left');
    } catch (error) {
      this.logUnlessStopping(error, `The old secret of key ${job.keyId} is not forgotten yet; it is tried again.`);
    }
  }

  /** Looks after rotations that were broken off: a key that never came to be used is deleted, an old secret retired. */
  private async resume(): Promise<void> {
    for (const job of await this.jobs.takeOver()) {
      await this.secrets.refresh();
      const key = this.keys.get(job.keyId);
      const isClean = await this.fresh.discardUnused(job, key, this.secrets.row(job.keyId), this.stopping.signal);
      if (isClean) void this.finish(job);
      else await this.jobs.end(job, 'left');
    }
  }

  private key(keyId: string): CurrentKey {
    const key = this.keys.get(keyId);
    if (!key) throw new Fault('key_unknown');
    return key;
  }

  private logUnlessStopping(error: unknown, text: string): void {
    if (!this.stopping.signal.aborted) this.log.error({ err: error }, text);
  }
}
