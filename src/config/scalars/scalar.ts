import { z } from 'zod';

/** What became of one written value: the option's value, or a sentence that says what to write instead. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

export interface ScalarRule<T> {
  /** Completes "give …" when the option is missing. */
  readonly expected: string;
  /** The JSON Schema of what may be written. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Reads a written value; its problem must not repeat the value, which may be a secret. */
  read(written: unknown): Reading<T>;
}

export type Scalar<T> = z.ZodPipe<z.ZodUnknown, z.ZodTransform<T>>;

/** Where an editor may also see `${NAME}` or `file:/path` instead of the value itself. */
export const REFERENCE_PATTERN = '\\$\\{|^file:/';

/** An option that holds one value; the rule alone decides what is valid and how a mistake is worded. */
export function scalar<T>(rule: ScalarRule<T>): Scalar<T> {
  return z
    .unknown()
    .transform((written, context): T => {
      const reading: Reading<T> =
        written === undefined ? { problem: `is missing: give ${rule.expected}` } : rule.read(written);
      if ('value' in reading) return reading.value;
      context.issues.push({ code: 'custom', message: reading.problem, input: undefined });
      return z.NEVER;
    })
    .meta(rule.json);
}

/** The reading of a value that either fits or is refused with one fixed sentence. */
export function fits<T>(value: T | undefined, problem: string): Reading<T> {
  return value === undefined ? { problem } : { value };
}

/** A list; one comma-separated text is read as a list too, so that a variable can hold it. */
export function list<T extends z.ZodType>(item: T): z.ZodPreprocess<z.ZodArray<T>> {
  return z.preprocess((written) => (typeof written === 'string' ? splitList(written) : written), z.array(item));
}

/** The trimmed parts of a comma-separated text, without empty ones. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
