import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { type JobClaim, JobIntentRepository } from '../../persistence/repositories/job-intent.repository.js';
import { ReplicaName } from './replica-name.js';

/** Work that a replica began and did not end in this time was left by one that is gone. */
const STALE_MS = 60 * 60_000;

/** Work that is done once a day (UTC) for a key, whichever replica does it. */
@Injectable()
export class OnceADay {
  constructor(
    private readonly intents: JobIntentRepository,
    private readonly replica: ReplicaName,
    private readonly clock: Clock,
  ) {}

  /** Does the work unless it was done today. Work that answers false, or throws, may be done again the same day. */
  async run(job: string, keyId: string, work: () => Promise<boolean>): Promise<void> {
    const nowMs = this.clock.now();
    const period = `${keyId}/${new Date(nowMs).toISOString().slice(0, 10)}`;
    const claim: JobClaim = { job, period, replica: await this.replica.get() };
    if (!(await this.intents.begin(claim, { nowMs, staleMs: STALE_MS }))) return;
    let isDone = false;
    try {
      isDone = await work();
    } finally {
      await this.intents.end(claim, { state: isDone ? 'done' : 'failed', atMs: this.clock.now() });
    }
  }
}
