import type { UpstreamKey } from '../../../src/balancer/keys/upstream-key.js';
import { readGoogleError } from '../../../src/kernel/gemini/google-error.js';
import { judge } from '../../../src/kernel/gemini/verdict.js';
import type { Tried } from '../../../src/proxy/attempt-loop.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import { pacificDayOf } from './google-counts.js';
import type { GoogleAnswer, VirtualGoogle } from './google.js';
import { OK } from '../balancer.harness.js';
import { between } from './random.js';

/** What the proxy has heard: from then on nothing may be sent there until it is over. */
interface Revelation {
  readonly heardStep: number;
  isOver(nowMs: number): boolean;
}

/** What one project served of one model within one minute of the clock. */
export interface Served {
  readonly project: string;
  readonly model: string;
  readonly minuteMs: number;
  calls: number;
  inputTokens: number;
}

const MINUTE_MS = 60_000;

/** The way to the virtual upstream and back; it watches what is sent, and when. */
export class Wire {
  /** Calls that were sent although a refusal had told that the bucket is exhausted, the key dead or the project suspended. */
  readonly breaches: string[] = [];
  /** Refusals by status. */
  readonly refused = new Map<number, number>();
  /** When each key was sent to last, by the monotonic clock. */
  readonly lastUseMs = new Map<string, number>();
  private readonly minutes = new Map<string, Served>();
  private readonly revelations = new Map<string, Revelation>();
  private steps = 0;

  constructor(
    private readonly google: VirtualGoogle,
    private readonly clock: VirtualClock,
    private readonly random: () => number,
  ) {}

  /** Sends one attempt and brings its outcome, as far as the first byte. */
  async send(key: UpstreamKey, model: string, inputTokens: number): Promise<Tried<undefined>> {
    const bucket = `${key.project}/${model}`;
    const sentStep = this.step();
    this.lastUseMs.set(key.id, this.clock.monotonic());
    await this.clock.sleep(between(this.random, 5, 60));
    for (const name of [bucket, key.id, key.project]) this.check(name, sentStep);
    const answer = this.google.answer({ key: key.id, project: key.project, model, inputTokens }, this.clock.now());
    const { status, body } = answer;
    if (status === 200) this.note(key.project, model, inputTokens);
    else this.refused.set(status, (this.refused.get(status) ?? 0) + 1);
    await this.clock.sleep(status === 200 ? between(this.random, 300, 3_000) : between(this.random, 20, 90));
    this.reveal(key, bucket, answer);
    return {
      result: undefined,
      verdict: status === 200 ? OK : judge(status, readGoogleError(body)),
      sent: true,
      status,
    };
  }

  /** What was served so far, minute by minute. */
  served(): readonly Served[] {
    return [...this.minutes.values()];
  }

  private step(): number {
    this.steps += 1;
    return this.steps;
  }

  private check(name: string, sentStep: number): void {
    const known = this.revelations.get(name);
    const nowMs = this.clock.now();
    if (!known || sentStep <= known.heardStep || known.isOver(nowMs)) return;
    this.breaches.push(`${name} at ${new Date(nowMs).toISOString()}`);
  }

  private reveal(key: UpstreamKey, bucket: string, { status, roomAtMs }: GoogleAnswer): void {
    if (roomAtMs !== undefined) {
      const day = pacificDayOf(this.clock.now());
      this.learn(bucket, (nowMs) => nowMs >= roomAtMs || pacificDayOf(nowMs) !== day);
    } else if (status === 400 || status === 403) {
      this.learn(status === 400 ? key.id : key.project, () => this.google.admits(key.id, key.project));
    }
  }

  private learn(name: string, isOver: Revelation['isOver']): void {
    this.revelations.set(name, { heardStep: this.step(), isOver });
  }

  private note(project: string, model: string, inputTokens: number): void {
    const minuteMs = Math.floor(this.clock.now() / MINUTE_MS) * MINUTE_MS;
    const name = `${project}/${model}@${minuteMs}`;
    let served = this.minutes.get(name);
    if (!served) {
      served = { project, model, minuteMs, calls: 0, inputTokens: 0 };
      this.minutes.set(name, served);
    }
    served.calls += 1;
    served.inputTokens += inputTokens;
  }
}
