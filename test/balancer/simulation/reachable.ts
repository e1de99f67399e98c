import type { EmulatedDay, Hours } from './day.js';
import { ELSEWHERE, GRANTS, MODEL, OWN_RPM, SUSPENDED } from './estate.js';
import { pacificDayOf } from './google-counts.js';
import type { Served } from './wire.js';

type Use = Pick<Served, 'minuteMs' | 'calls'>;

/** What a project could have served while more was wanted than can be had, and what it did serve then. */
export interface Yield {
  readonly project: string;
  readonly reachable: number;
  readonly served: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A quarantine is over at most this long after its cause: probes come at least every hour. */
const PROBED_WITHIN_HOURS = 1;

/**
 * How far each project was used in the minutes in which the greedy caller flooded the proxy, the model answered and the
 * project was well. What a minute allows is its requests, or its tokens at the mean size of the calls that the project
 * served, and never more than is left of the day.
 */
export function yieldOf(day: EmulatedDay): Yield[] {
  return Object.keys(GRANTS).map((project) => {
    const served = day.wire.served().filter((one) => one.project === project && one.model === MODEL);
    const minutes = contestedMinutes(day, project);
    const within = served.filter(({ minuteMs }) => minutes.has(minuteMs));
    return {
      project,
      reachable: reachableCalls(project, minutes, within, [...served, ...usedElsewhere(day, project)]),
      served: sumOf(within, 'calls'),
    };
  });
}

function reachableCalls(
  project: string,
  minutes: ReadonlySet<number>,
  within: readonly Served[],
  all: readonly Use[],
): number {
  const grant = GRANTS[project]?.[MODEL];
  if (!grant) throw new Error(`${project} has no ${MODEL}`);
  const byTokens = (grant.tpm * sumOf(within, 'calls')) / sumOf(within, 'inputTokens');
  const perMinute = Math.min(grant.rpm, OWN_RPM[project] ?? Infinity, byTokens);
  const left = new DayLeft(grant.rpd);
  for (const { minuteMs, calls } of all) if (!minutes.has(minuteMs)) left.take(minuteMs, calls);
  return [...minutes].reduce((sum, minuteMs) => sum + left.take(minuteMs, perMinute), 0);
}

/** What is left of the days' quota. */
class DayLeft {
  private readonly byDay = new Map<string, number>();

  constructor(private readonly rpd: number) {}

  /** Takes so many calls, or what is left; returns how many. */
  take(atMs: number, calls: number): number {
    const day = pacificDayOf(atMs);
    const left = this.byDay.get(day) ?? this.rpd;
    const taken = Math.min(calls, left);
    this.byDay.set(day, left - taken);
    return taken;
  }
}

/** The minutes of demand, by their beginning, without those in which nothing could be had of the project. */
function contestedMinutes({ plan }: EmulatedDay, project: string): ReadonlySet<number> {
  const startMs = Date.parse(plan.startsAt);
  const [suspendedAt, restoredAt] = plan.suspension;
  const lost: readonly Hours[] = [
    plan.storm,
    ...(project === SUSPENDED ? [[suspendedAt, restoredAt + PROBED_WITHIN_HOURS] as const] : []),
  ];
  const minutes = new Set<number>();
  for (const [from, to] of plan.demand) {
    for (let ms = startMs + from * HOUR_MS; ms < startMs + to * HOUR_MS; ms += MINUTE_MS) {
      const hour = (ms - startMs) / HOUR_MS;
      if (!lost.some(([begin, end]) => hour >= begin && hour < end)) minutes.add(ms);
    }
  }
  return minutes;
}

function usedElsewhere({ plan }: EmulatedDay, project: string): Use[] {
  if (project !== ELSEWHERE.project) return [];
  return [{ minuteMs: Date.parse(plan.startsAt) + ELSEWHERE.atHour * HOUR_MS, calls: ELSEWHERE.calls }];
}

function sumOf(served: readonly Served[], field: 'calls' | 'inputTokens'): number {
  return served.reduce((sum, one) => sum + one[field], 0);
}
