/** How Google's minute is counted: nobody has told, so the proxy must do well with either. */
export type Counting = 'sliding' | 'fixed';

/** What was used of a quota a minute. */
export interface MinuteCount {
  used(nowMs: number): number;
  add(nowMs: number, amount: number): void;
  /** When `amount` more stays within `limit`. */
  roomAtMs(nowMs: number, amount: number, limit: number): number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export const MINUTE_COUNTS: Readonly<Record<Counting, () => MinuteCount>> = {
  sliding: () => new LastMinute(),
  fixed: () => new ClockMinute(),
};

/** Every use of the last sixty seconds, one by one. */
class LastMinute implements MinuteCount {
  private readonly uses: { readonly atMs: number; readonly amount: number }[] = [];
  private sum = 0;

  used(nowMs: number): number {
    for (let first = this.uses[0]; first && first.atMs <= nowMs - MINUTE_MS; first = this.uses[0]) {
      this.sum -= first.amount;
      this.uses.shift();
    }
    return this.sum;
  }

  add(nowMs: number, amount: number): void {
    this.uses.push({ atMs: nowMs, amount });
    this.sum += amount;
  }

  roomAtMs(nowMs: number, amount: number, limit: number): number {
    let left = this.used(nowMs);
    if (left + amount <= limit) return nowMs;
    for (const use of this.uses) {
      left -= use.amount;
      if (left + amount <= limit) return use.atMs + MINUTE_MS;
    }
    return Infinity;
  }
}

/** The uses of the minute that the clock shows. */
class ClockMinute implements MinuteCount {
  private minute = -1;
  private sum = 0;

  used(nowMs: number): number {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.minute) [this.minute, this.sum] = [minute, 0];
    return this.sum;
  }

  add(nowMs: number, amount: number): void {
    this.sum = this.used(nowMs) + amount;
  }

  roomAtMs(nowMs: number, amount: number, limit: number): number {
    if (this.used(nowMs) + amount <= limit) return nowMs;
    return amount <= limit ? (this.minute + 1) * MINUTE_MS : Infinity;
  }
}

const PACIFIC_DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Los_Angeles', dateStyle: 'short' });
const dayOfHour = new Map<number, string>();

/** The day in California; it begins on a whole hour, summer and winter. */
export function pacificDayOf(epochMs: number): string {
  const hour = Math.floor(epochMs / HOUR_MS);
  const known = dayOfHour.get(hour);
  if (known !== undefined) return known;
  const day = PACIFIC_DAY.format(hour * HOUR_MS);
  dayOfHour.set(hour, day);
  return day;
}

/** Uses by the day in California. */
export class DayTally {
  private readonly byDay = new Map<string, number>();

  used(nowMs: number): number {
    return this.byDay.get(pacificDayOf(nowMs)) ?? 0;
  }

  add(nowMs: number, amount: number): void {
    this.byDay.set(pacificDayOf(nowMs), this.used(nowMs) + amount);
  }

  get days(): ReadonlyMap<string, number> {
    return this.byDay;
  }
}
