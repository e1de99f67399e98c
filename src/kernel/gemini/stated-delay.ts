const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** A protobuf duration (`51.386192716s`), or one in words of Google's messages (`19h34m29.8s`, `595.03ms`). */
const DURATION = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/;
const PART = /(\d+(?:\.\d+)?)(h|ms|m|s)/g;
const IN_MESSAGE = /retry in ((?:\d+(?:\.\d+)?(?:h|ms|m|s))+)/i;

/** A duration in milliseconds, rounded up; undefined when the text is none. */
export function durationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let sumMs = 0;
  for (const [, amount, unit = ''] of text.matchAll(PART)) sumMs += Number(amount) * (UNIT_MS[unit] ?? 0);
  return Math.ceil(sumMs);
}

/** The delay after which a message says to try again, in milliseconds. */
export function delayInMessageMs(message: string): number | undefined {
  return durationMs(IN_MESSAGE.exec(message)?.[1] ?? '');
}
