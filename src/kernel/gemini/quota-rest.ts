import type { GoogleError } from './google-error.js';

/** How long a bucket rests. */
export type Rest =
  /** For the stated delay. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Until the day's quota returns, midnight in California. */
  | { readonly kind: 'pacific_midnight' }
  /** The project does not have this model at all. */
  | { readonly kind: 'excluded' }
  /** Google told no delay: longer with every repetition. */
  | { readonly kind: 'escalating' };

/** Google's stated delays for per-minute quota are bounded by this: a minute window cannot rest longer. */
export const MINUTE_REST_MAX_MS = 60_000;

/** Between the ten minutes of spend-based limits (wire facts E) and the day no window is known. */
const SHORT_WINDOW_MAX_MS = 600_000;

const DELAY_MIN_MS = 1_000;

/**
 * How long the exceeded limits keep a bucket closed: the worst window wins, and a spent day is spent whatever delay
 * Google states beside it (wire facts D.4).
 */
export function restOf(error: GoogleError): Rest {
  if (error.violations.some(({ limit }) => limit === 0)) return { kind: 'excluded' };
  const windows = new Set([...error.violations.map(({ window }) => window), error.window]);
  if (windows.has('day')) return { kind: 'pacific_midnight' };
  return windows.has('minute') ? minuteRest(error.retryDelayMs) : unnamedRest(error.retryDelayMs);
}

function minuteRest(delayMs = MINUTE_REST_MAX_MS): Rest {
  return { kind: 'delay', ms: Math.min(MINUTE_REST_MAX_MS, Math.max(DELAY_MIN_MS, delayMs)) };
}

/** No window is named: a delay that is too long for any short one can only mean the day. */
function unnamedRest(delayMs: number | undefined): Rest {
  if (delayMs === undefined) return { kind: 'escalating' };
  if (delayMs > SHORT_WINDOW_MAX_MS) return { kind: 'pacific_midnight' };
  return { kind: 'delay', ms: Math.max(DELAY_MIN_MS, delayMs) };
}
