import type { Verdict } from '../../../src/kernel/gemini/verdict.js';
import { pacificDayOf } from '../simulation/google-counts.js';

/** A key as far as its rests go. */
export interface ModelKey {
  readonly id: string;
  readonly project: string;
  readonly billing_account: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Rest {
  /** Nothing may be sent before. */
  readonly untilMs: number;
  readonly isExcluded: boolean;
}

/** What must rest, written down from the verdicts alone. */
export class RestModel {
  private readonly rests = new Map<string, Rest>();

  heard(key: ModelKey, model: string, verdict: Verdict, nowMs: number): void {
    if (verdict.scope === 'key') this.rest(`key ${key.id}`, Infinity);
    if (verdict.scope === 'project') this.rest(`project ${key.project}`, Infinity);
    if (verdict.scope === 'billing_account') this.rest(`billing ${key.billing_account}`, Infinity);
    if (verdict.scope !== 'bucket') return;
    const bucket = `bucket ${key.project} ${model}`;
    const { rest } = verdict;
    if (rest.kind === 'delay') this.rest(bucket, nowMs + rest.ms);
    if (rest.kind === 'pacific_midnight') this.rest(bucket, nextDayMs(nowMs));
    if (rest.kind === 'excluded') this.rest(bucket, nowMs + DAY_MS, true);
  }

  isResting({ id, project, billing_account: billing }: ModelKey, model: string, nowMs: number): boolean {
    const names = [`key ${id}`, `project ${project}`, `billing ${billing}`, `bucket ${project} ${model}`];
    return names.some((name) => (this.rests.get(name)?.untilMs ?? 0) > nowMs);
  }

  /** A probe found a key, its project and its account well. */
  probedWell({ id, project, billing_account: billing }: ModelKey): void {
    for (const name of [`key ${id}`, `project ${project}`, `billing ${billing}`]) this.rests.delete(name);
  }

  /** An operator ended every rest that concerns a key. */
  reset(key: ModelKey): void {
    this.probedWell(key);
    for (const name of this.rests.keys()) if (name.startsWith(`bucket ${key.project} `)) this.rests.delete(name);
  }

  /** The secret of a key was replaced. */
  replaced({ id }: ModelKey): void {
    this.rests.delete(`key ${id}`);
  }

  /** A new configuration may have mended what excluded a model. */
  reconfigured(): void {
    for (const [name, { isExcluded }] of this.rests) if (isExcluded) this.rests.delete(name);
  }

  private rest(name: string, untilMs: number, isExcluded = false): void {
    const before = this.rests.get(name);
    if (before && before.untilMs > untilMs) return;
    this.rests.set(name, { untilMs, isExcluded });
  }
}

/** The first whole hour of the next day in California. */
function nextDayMs(nowMs: number): number {
  const today = pacificDayOf(nowMs);
  let hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  while (pacificDayOf(hourMs) === today) hourMs += HOUR_MS;
  return hourMs;
}
