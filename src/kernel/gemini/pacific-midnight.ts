const PACIFIC = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

const HOUR_MS = 3_600_000;

/** The wall clock in California at an instant, as if it were UTC. */
function pacificWallClockMs(epochMs: number): number {
  const part = Object.fromEntries(PACIFIC.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The next midnight in California after an instant, when daily quotas return (wire facts E); right across
 * daylight-saving changes, whose days have 23 or 25 hours.
 */
export function nextPacificMidnightMs(epochMs: number): number {
  const wall = pacificWallClockMs(epochMs);
  const nextDay = new Date(wall);
  nextDay.setUTCHours(24, 0, 0, 0);
  const guess = epochMs - (epochMs % 1000) + (nextDay.getTime() - wall);
  // The offset may change in between: move by whatever the wall clock there differs from midnight.
  const drift = nextDay.getTime() - pacificWallClockMs(guess);
  return Math.abs(drift) <= 2 * HOUR_MS ? guess + drift : guess;
}

/** The calendar day in California, as YYYY-MM-DD. */
export function pacificDay(epochMs: number): string {
  return new Date(pacificWallClockMs(epochMs)).toISOString().slice(0, 10);
}
