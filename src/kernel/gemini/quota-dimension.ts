/** The span over which a quota counts. */
export type QuotaWindow = 'minute' | 'day';

/** What a quota counts, as far as a bucket keeps books of it; `other` for anything else, such as images a minute. */
export type QuotaDimension = 'rpm' | 'tpm' | 'rpd' | 'tpd' | 'other';

const WINDOWS: readonly (readonly [window: QuotaWindow, name: RegExp])[] = [
  ['day', /per[ _]?day|daily/i],
  ['minute', /per[ _]?minute/i],
];

/** Quotas beside those of generation: their limits say nothing of how much a model may be asked (wire facts D.4, E). */
const BESIDE = /count_?tokens|output|enqueued|batch|image|concurrent|upload|priority|flex|region/i;

const COUNTED: readonly (readonly [name: RegExp, dimensions: Readonly<Record<QuotaWindow, QuotaDimension>>])[] = [
  [/requests/i, { minute: 'rpm', day: 'rpd' }],
  [/token/i, { minute: 'tpm', day: 'tpd' }],
];

/** The window that a quota's id, metric or sentence names; undefined when none of them does. */
export function windowOf(name: string): QuotaWindow | undefined {
  return WINDOWS.find(([, pattern]) => pattern.test(name))?.[0];
}

/** The dimension of a quota, from its id or metric and its window (the pairs of wire facts D.4). */
export function dimensionOf(name: string, window: QuotaWindow | undefined): QuotaDimension {
  if (window === undefined || BESIDE.test(name)) return 'other';
  return COUNTED.find(([pattern]) => pattern.test(name))?.[1][window] ?? 'other';
}

/** Whether a quota holds in one region only: another call may be served elsewhere. */
export function isRegional(name: string): boolean {
  return /region/i.test(name);
}
