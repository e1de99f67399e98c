import type { z } from 'zod';
import { optionNamesAt } from './json-schema.js';
import { nearestName } from './nearest-name.js';
import type { OptionPath } from './option-path.js';
import { type OptionViolation, violationAt } from './option-violation.js';

const CONTAINERS: Readonly<Record<string, string>> = {
  object: 'must be a section: names with their values, indented below it',
  record: 'must be a mapping of names to values',
  array: 'must be a list',
};

/** Every mistake that the schema found, worded for the person who wrote the document. */
export function violationsOf(error: z.ZodError): OptionViolation[] {
  return error.issues.flatMap((issue) => {
    const steps = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownOption([...steps, name]));
    const container = issue.code === 'invalid_type' ? CONTAINERS[issue.expected] : undefined;
    return [violationAt(steps, container ?? issue.message)];
  });
}

function unknownOption(steps: OptionPath): OptionViolation {
  const known = optionNamesAt(steps.slice(0, -1));
  const near = nearestName(String(steps.at(-1)), known);
  const advice = near === undefined ? `remove it; known here: ${known.join(', ')}` : `did you mean ${near}?`;
  return violationAt(steps, `is no known option: ${advice}`);
}
