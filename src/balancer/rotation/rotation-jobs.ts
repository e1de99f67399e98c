import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/ids.js';
import {
  type JobClaim,
  type JobIntent,
  JobIntentRepository,
} from '../../persistence/repositories/job-intent.repository.js';
import { ReplicaName } from './replica-name.js';

const JOB = 'key_rotation';

/** Longer than any rotation takes; one that began before then was left by a replica that is gone. */
const STALE_MS = 45 * 60_000;

/** What failed is looked after again when whatever was under way at the provider is long over. */
const AGAIN_MS = 60 * 60_000;

/** One rotation of one key, from its beginning until the old secret is forgotten. */
export interface RotationJob {
  readonly keyId: string;
  /** Tells this rotation from every other. */
  readonly orderId: string;
}

/** Whether a rotation is over, one way or the other, or something is left to be looked after. */
export type RotationEnd = 'over' | 'left';

/** The intent rows of rotations: one at a time for each key on all replicas, and none is lost with its replica. */
@Injectable()
export class RotationJobs {
  /** The rotations that this process is about; another one under this replica's name was left by the process before. */
  private readonly underWay = new Set<string>();

  constructor(
    private readonly intents: JobIntentRepository,
    private readonly replica: ReplicaName,
    private readonly clock: Clock,
  ) {}

  /** Begins a rotation; undefined while another of the same key is under way. */
  async begin(keyId: string): Promise<RotationJob | undefined> {
    if (await this.isRotating(keyId)) return undefined;
    const job = { keyId, orderId: `${keyId}/${newId()}` };
    await this.claim(job, STALE_MS);
    if (!(await this.isRotating(keyId, job.orderId))) return job;
    // Two that began at once both see each other: neither goes on, which is safe, and the operator tries again.
    await this.end(job, 'over');
    return undefined;
  }

  /** Ends a rotation that this replica began or took over. */
  async end(job: RotationJob, how: RotationEnd): Promise<void> {
    this.underWay.delete(job.orderId);
    const state = how === 'left' ? 'failed' : 'done';
    await this.intents.end(await this.claimOf(job), { state, atMs: this.clock.now() });
  }

  /** Takes over what was left: by the process before this one, by replicas that are gone, and by failed attempts. */
  async takeOver(): Promise<RotationJob[]> {
    const replica = await this.replica.get();
    const taken: RotationJob[] = [];
    for (const intent of await this.intents.unfinished(JOB)) {
      if (!this.isLeft(intent, replica)) continue;
      const job = { keyId: keyOf(intent), orderId: intent.period };
      if (await this.claim(job, this.staleMs(intent, replica))) taken.push(job);
    }
    return taken;
  }

  private isLeft(intent: JobIntent, me: string): boolean {
    const nowMs = this.clock.now();
    if (intent.state === 'failed') return (intent.endedAtMs ?? 0) + AGAIN_MS <= nowMs;
    return !this.underWay.has(intent.period) && intent.begunAtMs + this.staleMs(intent, me) <= nowMs;
  }

  private staleMs({ replica }: JobIntent, me: string): number {
    return replica === me ? 0 : STALE_MS;
  }

  private async isRotating(keyId: string, except?: string): Promise<boolean> {
    const sinceMs = this.clock.now() - STALE_MS;
    return (await this.intents.unfinished(JOB)).some(
      (intent) =>
        intent.state === 'begun' && intent.begunAtMs > sinceMs && intent.period !== except && keyOf(intent) === keyId,
    );
  }

  private async claim(job: RotationJob, staleMs: number): Promise<boolean> {
    this.underWay.add(job.orderId);
    const isMine = await this.intents.begin(await this.claimOf(job), { nowMs: this.clock.now(), staleMs });
    if (!isMine) this.underWay.delete(job.orderId);
    return isMine;
  }

  private async claimOf({ orderId }: RotationJob): Promise<JobClaim> {
    return { job: JOB, period: orderId, replica: await this.replica.get() };
  }
}

function keyOf({ period }: JobIntent): string {
  return period.slice(0, period.lastIndexOf('/'));
}
