import type { z } from 'zod';
import { type OptionPath, valueAt } from './option-path.js';

/** One mistake between several options; the path is relative to the section that the rule stands on. */
export interface RuleBreak {
  readonly path: OptionPath;
  readonly message: string;
}

/** Reads an option of a section that may still hold mistakes, so nothing about its type is certain. */
export type Read = (...path: OptionPath) => unknown;

/** Adds a rule over several options. It also runs while other options are wrong, so that all is reported at once. */
export function withRule<T extends z.ZodType>(schema: T, rule: (read: Read) => readonly RuleBreak[]): T {
  return schema.superRefine(
    (value, context) => {
      const read: Read = (...path) => readable(valueAt(value, path));
      for (const { path, message } of rule(read)) context.addIssue({ code: 'custom', path: [...path], message });
    },
    { when: () => true },
  );
}

/** One rule break when the condition holds, else none. */
export function breakIf(condition: boolean, path: OptionPath, message: string): readonly RuleBreak[] {
  return condition ? [{ path, message }] : [];
}

/** Whether an option is an empty list; false for one that was refused. */
export function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Stands for an option that was written but refused: it is not undefined and equals nothing. */
const REFUSED = Symbol('refused');

/** Zod leaves a marker where a value was refused; rules must not take it for a value. */
function readable(value: unknown): unknown {
  const refused = typeof value === 'object' && value !== null && 'status' in value && value.status === 'aborted';
  return refused ? REFUSED : value;
}
