/** Epoch milliseconds as a time of the API; null for a time that is not known or never comes. */
export function toTime(ms: number | undefined): string | null {
  return ms === undefined || ms === Infinity ? null : new Date(ms).toISOString();
}
