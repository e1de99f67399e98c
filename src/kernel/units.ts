const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Milliseconds of `500ms`, `30s`, `5m`, `1h`, `30d`; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  return parseUnit(text, /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/, DURATION_MS);
}

/** Bytes of `512B`, `64KiB`, `20MiB`, `2GiB`; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  return parseUnit(text, /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/, SIZE_BYTES);
}

function parseUnit(text: string, pattern: RegExp, factors: Readonly<Record<string, number>>): number | undefined {
  const match = pattern.exec(text.trim());
  const factor = factors[match?.[2] ?? ''];
  return match && factor !== undefined ? Math.round(Number(match[1]) * factor) : undefined;
}
