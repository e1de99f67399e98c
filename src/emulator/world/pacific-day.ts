const FORMAT = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

const HOUR_MS = 3_600_000;

/** The calendar day in California, as `2026-11-23`: daily quotas start anew with it. */
export function pacificDay(nowMs: number): string {
  return FORMAT.format(nowMs).slice(0, 10);
}

/** Milliseconds until the next midnight in California, on days of 23 and 25 hours too. */
export function msUntilPacificMidnight(nowMs: number): number {
  const today = pacificDay(nowMs);
  const clockText = FORMAT.format(nowMs).slice(-8).split(':').map(Number);
  const sinceMidnightMs = ((clockText[0] ?? 0) * 3600 + (clockText[1] ?? 0) * 60 + (clockText[2] ?? 0)) * 1000;
  const guess = nowMs - sinceMidnightMs - (nowMs % 1000) + 24 * HOUR_MS;
  // The clocks change between 1 and 3 at night, so the guess is off by an hour at most.
  const candidates = [guess - HOUR_MS, guess, guess + HOUR_MS];
  const midnight = candidates.find((time) => pacificDay(time) !== today && pacificDay(time - 1) === today) ?? guess;
  return midnight - nowMs;
}
