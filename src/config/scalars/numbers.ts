import { parseBytes, parseDurationMs } from '../../kernel/units.js';
import { fits, REFERENCE_PATTERN, type Scalar, scalar } from './scalar.js';

interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** The longest delay that a timer can wait for: 24 days fit, 25 do not. */
export const TIMER_MAX = { maxMs: 24 * 86_400_000 };

/** A whole number; also as text, since a variable can only hold text. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER }: Range = {}): Scalar<number> {
  return numeric('a whole number', 'integer', { min, max }, Number.isSafeInteger);
}

/** A number with or without decimals. */
export function decimal(range: Range): Scalar<number> {
  return numeric('a number', 'number', range, Number.isFinite);
}

/** A TCP port; 0 lets the system choose a free one. */
export function port(): Scalar<number> {
  return wholeNumber({ max: 65_535 });
}

/** `true` or `false`, also as text. */
export function flag(): Scalar<boolean> {
  const expected = 'true or false';
  return scalar({
    expected,
    json: { type: ['boolean', 'string'], pattern: `^(true|false)$|${REFERENCE_PATTERN}` },
    read: (written) => fits({ true: true, false: false }[String(written)], `must be ${expected}`),
  });
}

/** A duration such as `500ms`, `30s`, `5m`, `1h`, `30d`, in milliseconds; `0` needs no unit. */
export function duration({ minMs = 0, maxMs = Infinity }: { minMs?: number; maxMs?: number } = {}): Scalar<number> {
  const expected = `a duration such as 500ms, 30s, 5m, 1h or 30d${minMs > 0 ? ', above zero' : ''}`;
  const limit = maxMs === Infinity ? '' : `, and at most ${Math.floor(maxMs / 86_400_000)}d`;
  return scalar({
    expected,
    json: {
      type: ['string', 'integer'],
      pattern: `^\\d+(\\.\\d+)?(ms|s|m|h|d)$|^0$|${REFERENCE_PATTERN}`,
      maximum: 0,
    },
    read: (written) => {
      const ms = String(written) === '0' ? 0 : parseDurationMs(textOf(written));
      return fits(ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined, `must be ${expected}${limit}`);
    },
  });
}

/** A size such as `512B`, `64KiB`, `20MiB`, `2GiB`, in bytes. */
export function size({ minBytes = 0 }: { minBytes?: number } = {}): Scalar<number> {
  const expected = 'a size such as 64KiB, 20MiB or 2GiB';
  const least = minBytes > 0 ? `, of at least ${minBytes}B` : '';
  return scalar({
    expected,
    json: { type: 'string', pattern: `^\\d+(\\.\\d+)?(B|KiB|MiB|GiB)$|${REFERENCE_PATTERN}` },
    read: (written) => {
      const bytes = parseBytes(textOf(written));
      return fits(bytes !== undefined && bytes >= minBytes ? bytes : undefined, `must be ${expected}${least}`);
    },
  });
}

function numeric(noun: string, type: string, range: Range, isValid: (value: number) => boolean): Scalar<number> {
  const { min = -Infinity, max = Infinity } = range;
  const expected = `${noun}${describeRange(min, max)}`;
  return scalar({
    expected,
    json: {
      type: [type, 'string'],
      pattern: `^-?\\d+(\\.\\d+)?$|${REFERENCE_PATTERN}`,
      ...(min > -Infinity && { minimum: min }),
      ...(max < Number.MAX_SAFE_INTEGER && { maximum: max }),
    },
    read: (written) => {
      const value = typeof written === 'string' && written.trim() !== '' ? Number(written) : written;
      const valid = typeof value === 'number' && isValid(value) && value >= min && value <= max;
      return fits(valid ? value : undefined, `must be ${expected}`);
    },
  });
}

function describeRange(min: number, max: number): string {
  if (max >= Number.MAX_SAFE_INTEGER) return ` of at least ${min}`;
  return ` from ${min} to ${max}`;
}

function textOf(written: unknown): string {
  return typeof written === 'string' ? written : '';
}
