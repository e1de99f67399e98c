import type { Violation } from '../kernel/errors/fault.js';
import { formatPath, type OptionPath } from './option-path.js';

/** A mistake in one option; `steps` is its path taken apart, for finding the line. */
export interface OptionViolation extends Violation {
  readonly steps: OptionPath;
  /** The line in the configuration file, where the option came from a file. */
  readonly line?: number;
}

/** A mistake at a path; the message completes "<path> …" and says what to do. */
export function violationAt(steps: OptionPath, message: string): OptionViolation {
  return { steps, path: formatPath(steps), message };
}

/** One line for each mistake: `config/proxy.yaml:12: gemini.api_keys[0].weight must be …`. */
export function formatViolations(violations: readonly OptionViolation[], source: string): string {
  return violations
    .map(({ path, message, line }) => {
      const place = line === undefined ? source : `${source}:${line}`;
      return `${place}: ${path === '' ? message : `${path} ${message}`}`;
    })
    .join('\n');
}
