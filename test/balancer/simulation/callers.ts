import type { VirtualClock } from '../../support/virtual-clock.js';
import { LITE, MODEL } from './estate.js';
import type { Outcome, Prompt, VirtualProxy } from './proxy.js';
import { between, waitingTime } from './random.js';

/** What a caller lived through. */
export interface CallerRecord {
  served: number;
  /** Calls that ended without an answer of the model. */
  unserved: number;
  /** The longest time from the first try to the end of the answer, over all repetitions, unless the model was overloaded. */
  longestWaitMs: number;
}

/** Callers that want one thing now and then, and come again when they are told to. */
const MODEST = ['modest-1', 'modest-2', 'modest-3'] as const;
const MODEST_PAUSE_MS = 60_000;

/** A caller that asks for another model. */
const ELSEWHERE = 'elsewhere';

/** A caller that leaves when it is not answered at once. */
const HASTY = 'hasty';
const HASTY_PATIENCE_MS = 1_500;

/** A caller with many calls at once, twice an hour. */
const BURSTY = 'bursty';
const BURST = 40;
const BURST_PAUSE_MS = 1_800_000;

/** A caller that asks for several times what can be had, and never comes again for what it was refused. */
const GREEDY = 'greedy';
const GREEDY_PAUSE_MS = 700;

/** Bytes of prompts. */
const SIZES = [150, 250, 350, 450, 550, 650, 750] as const;
const TEXTS = 10;

/** A prompt that is long enough to be cached; each begins as no other does. */
const LONG = 9_000;
const CONVERSATIONS = 2;

/** The load of a day. */
export class Callers {
  readonly records = new Map<string, CallerRecord>();
  private readonly prompts: readonly Prompt[];
  private endsAtMs = 0;

  constructor(
    private readonly proxy: VirtualProxy,
    private readonly clock: VirtualClock,
    private readonly random: () => number,
  ) {
    const texts = SIZES.flatMap((bytes) => Array.from({ length: TEXTS }, (_, n) => promptOf(bytes, n, random)));
    this.prompts = [...texts, ...Array.from({ length: CONVERSATIONS }, (_, n) => promptOf(LONG, n, random))];
  }

  /** Everybody but the greedy caller, for so long. */
  live(ms: number): void {
    this.endsAtMs = this.clock.monotonic() + ms;
    for (const caller of MODEST) void this.askNowAndThen(caller, MODEL, MODEST_PAUSE_MS);
    void this.askNowAndThen(ELSEWHERE, LITE, MODEST_PAUSE_MS);
    void this.repeat(this.endsAtMs, MODEST_PAUSE_MS, () => {
      this.once(HASTY, HASTY_PATIENCE_MS);
    });
    void this.repeat(this.endsAtMs, BURST_PAUSE_MS, () => {
      for (let call = 0; call < BURST; call += 1) this.once(BURSTY);
    });
  }

  /** The greedy caller, for so long. */
  flood(ms: number): void {
    void this.repeat(this.clock.monotonic() + ms, GREEDY_PAUSE_MS, () => {
      this.once(GREEDY);
    });
  }

  private async repeat(untilMs: number, pauseMs: number, action: () => void): Promise<void> {
    while (await this.pause(pauseMs, untilMs)) action();
  }

  /** False when the time is up. */
  private async pause(meanMs: number, untilMs: number): Promise<boolean> {
    const leftMs = untilMs - this.clock.monotonic();
    const pauseMs = waitingTime(this.random, meanMs);
    await this.clock.sleep(Math.max(0, Math.min(leftMs, pauseMs)));
    return pauseMs < leftMs;
  }

  private once(caller: string, leavesAfterMs?: number): void {
    const sinceMs = this.clock.monotonic();
    void this.proxy.call(caller, this.prompt(MODEL), leavesAfterMs).then((outcome) => {
      this.note(caller, outcome, this.clock.monotonic() - sinceMs);
    });
  }

  private async askNowAndThen(caller: string, model: string, pauseMs: number): Promise<void> {
    while (await this.pause(pauseMs, this.endsAtMs)) await this.askUntilServed(caller, this.prompt(model));
  }

  private async askUntilServed(caller: string, prompt: Prompt): Promise<void> {
    const sinceMs = this.clock.monotonic();
    let metStorm = false;
    for (;;) {
      const outcome = await this.proxy.call(caller, prompt);
      if (outcome.kind === 'served') {
        this.note(caller, outcome, metStorm ? 0 : this.clock.monotonic() - sinceMs);
        return;
      }
      metStorm ||= outcome.kind === 'failed' || outcome.fault.code === 'model_overloaded';
      const toldSeconds = outcome.kind === 'refused' ? (outcome.fault.retryAfterSeconds ?? 5) : 5;
      await this.clock.sleep(toldSeconds * 1_000 + between(this.random, 0, 500));
    }
  }

  private prompt(model: string): Prompt {
    const index = Math.floor(this.random() * this.prompts.length);
    return { ...this.prompts[index]!, model };
  }

  private note(caller: string, { kind }: Outcome, waitedMs: number): void {
    let record = this.records.get(caller);
    if (!record) {
      record = { served: 0, unserved: 0, longestWaitMs: 0 };
      this.records.set(caller, record);
    }
    if (kind !== 'served') {
      record.unserved += 1;
      return;
    }
    record.served += 1;
    record.longestWaitMs = Math.max(record.longestWaitMs, waitedMs);
  }
}

/** Texts differ in how many tokens Google makes of a byte. */
function promptOf(bytes: number, conversation: number, random: () => number): Prompt {
  const text = `conversation ${conversation} `.repeat(Math.ceil(bytes / 16)).slice(0, bytes);
  const body = Buffer.from(JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] }));
  return { model: MODEL, body, inputTokens: Math.round(body.length * between(random, 0.2, 0.3)) };
}
