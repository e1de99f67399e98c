import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { type Cancel, Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { type KeyAgeState, KeyAges } from './key-ages.js';
import { KeyRotation } from './key-rotation.js';
import { OnceADay } from './once-a-day.js';
import { repeat } from './repeat.js';
import { type RotationAction, RotationEvents } from './rotation-events.js';

const JOB = 'key_age';
const DAY_MS = 24 * 60 * 60_000;

/**
 * Watches the age of secrets: warns before `gemini.rotation.max_age`, and from then on replaces a key where a provider
 * makes new ones, or says that somebody must. Once a day for each key, on all replicas together.
 */
@Injectable()
export class AgePolicy implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Rotation');
  private stop: Cancel = () => undefined;

  constructor(
    private readonly config: ConfigStore,
    private readonly ages: KeyAges,
    private readonly daily: OnceADay,
    private readonly rotation: KeyRotation,
    private readonly events: RotationEvents,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const failed = (error: unknown): void => {
      this.log.warn({ err: error }, 'The ages of the keys could not be checked; they are checked again later.');
    };
    const work = (): Promise<void> => this.check();
    work().catch(failed);
    const intervalMs = (): number => this.config.current.gemini.rotation.check_interval;
    this.stop = repeat({ clock: this.clock, intervalMs, work, failed });
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Looks at every key that is enabled. */
  async check(): Promise<void> {
    await this.ages.refresh();
    for (const { id, enabled } of this.config.current.gemini.api_keys) {
      const age = this.ages.of(id);
      if (!enabled || !age || age.state === 'fresh') continue;
      await this.daily.run(JOB, id, () => this.act(id, age));
    }
  }

  /** False when it is to be tried again today. */
  private async act(keyId: string, age: KeyAgeState): Promise<boolean> {
    if (age.state === 'overdue' && this.rotation.hasProvider(keyId)) return this.replace(keyId, age);
    this.tell(age.state === 'overdue' ? 'key is overdue for rotation' : 'key is due for rotation', keyId, age);
    return true;
  }

  /** What goes wrong is tried again the next day: the old key works still. */
  private async replace(keyId: string, age: KeyAgeState): Promise<boolean> {
    try {
      await this.rotation.rotate(keyId);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.code === 'rotation_running') return false;
      this.tell('key is overdue for rotation', keyId, age, error.message);
    }
    return true;
  }

  private tell(action: RotationAction, keyId: string, { firstSeenMs, dueMs }: KeyAgeState, reason?: string): void {
    const ageDays = Math.floor((this.clock.now() - firstSeenMs) / DAY_MS);
    this.events.tell(action, keyId, { age_days: ageDays, due: new Date(dueMs).toISOString(), reason });
  }
}
