import { nearestName } from '../nearest-name.js';
import { fits, type Reading, REFERENCE_PATTERN, type Scalar, scalar } from './scalar.js';

/** Text that must not be empty. */
export function text(): Scalar<string> {
  const expected = 'a text';
  return scalar({ expected, json: { type: 'string', minLength: 1 }, read: (written) => readText(written, expected) });
}

/** Text; an empty one means "not set" and becomes undefined. */
export function optionalText(): Scalar<string | undefined> {
  return optional({ expected: 'a text', json: { type: 'string' }, read: (written) => readText(written, 'a text') });
}

/** One of a few words; a near miss is answered with the word that was meant. */
export function choice<const T extends string>(words: readonly T[]): Scalar<T> {
  const expected = `one of ${words.join(', ')}`;
  return scalar({
    expected,
    json: { type: 'string', anyOf: [{ enum: words }, { pattern: REFERENCE_PATTERN }] },
    read: (written) => {
      const near = typeof written === 'string' ? nearestName(written, words) : undefined;
      const known = words.find((word) => word === written);
      return fits(known, `must be ${expected}${near === undefined ? '' : `; did you mean ${near}?`}`);
    },
  });
}

/** Text of which every character is checked by a regular expression; `expected` completes "must be …". */
export function patterned(pattern: string, expected: string): Scalar<string> {
  return scalar({
    expected,
    json: { type: 'string', pattern: `${pattern}|${REFERENCE_PATTERN}` },
    read: (written) =>
      fits(
        typeof written === 'string' && new RegExp(pattern).test(written) ? written : undefined,
        `must be ${expected}`,
      ),
  });
}

/** A name that other options, labels and URLs refer to: letters, digits and `._-`, at most 64 of them. */
export function identifier(): Scalar<string> {
  return patterned(
    '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    'a name of letters, digits, dots, dashes and underscores, at most 64 characters',
  );
}

const HTTP = ['http:', 'https:'] as const;

/** An address of http or https without credentials, query and fragment; a trailing slash is dropped. */
export function httpUrl(): Scalar<string> {
  return scalar(HTTP_URL);
}

/** Like {@link httpUrl}; empty means "not set". */
export function optionalHttpUrl(): Scalar<string | undefined> {
  return optional(HTTP_URL);
}

const HTTP_URL = {
  expected: 'an address such as https://host/path',
  json: { type: 'string' },
  read: (written: unknown): Reading<string> => {
    const url = typeof written === 'string' && URL.canParse(written) ? new URL(written) : undefined;
    const plain = url && HTTP.some((scheme) => scheme === url.protocol) && !url.username && !url.search && !url.hash;
    const problem = 'must be an http or https address without user, query and fragment, such as https://host/path';
    return fits(plain ? url.href.replace(/\/+$/, '') : undefined, problem);
  },
};

/** A point in time (ISO 8601 with a time zone, or a date, which begins at midnight UTC) in ms since the epoch. */
export function optionalTime(): Scalar<number | undefined> {
  const expected = 'a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z';
  const pattern = '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:\\d{2}))?$';
  return optional({
    expected,
    json: { type: ['string', 'null'], pattern: `^$|${pattern}|${REFERENCE_PATTERN}` },
    read: (written) => {
      const ms = typeof written === 'string' && new RegExp(pattern).test(written) ? Date.parse(written) : NaN;
      return fits(Number.isNaN(ms) ? undefined : ms, `must be ${expected}`);
    },
  });
}

/** The same rule, except that an empty text means "not set". */
export function optional<T>(rule: Parameters<typeof scalar<T>>[0]): Scalar<T | undefined> {
  return scalar<T | undefined>({
    ...rule,
    read: (written) => (written === '' ? { value: undefined } : rule.read(written)),
  });
}

function readText(written: unknown, expected: string): Reading<string> {
  const hint = typeof written === 'number' || typeof written === 'boolean' ? '; put it in quotes' : '';
  return fits(typeof written === 'string' && written.trim() !== '' ? written : undefined, `must be ${expected}${hint}`);
}
