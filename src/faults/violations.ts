import type { Violation } from '../kernel/errors/fault.js';

/** An issue as zod lists it. */
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The mistakes that a validation library listed, each with its path; none for other errors. */
export function violationsOf(error: unknown): readonly Violation[] {
  const issues = typeof error === 'object' && error !== null && 'issues' in error ? error.issues : undefined;
  if (!Array.isArray(issues)) return [];
  return issues.filter(isIssue).map(({ path, message }) => ({ path: joinPath(path), message }));
}

/**
 * The mistakes that ValidationPipe listed as sentences: `limits.requests must be a positive number`. Each sentence
 * begins with the path.
 */
export function violationsOfSentences(sentences: readonly unknown[]): readonly Violation[] {
  return sentences
    .filter((sentence) => typeof sentence === 'string')
    .map((sentence) => ({ path: pathOf(sentence), message: sentence }));
}

const UNKNOWN_PROPERTY = /^property (\S+) should not exist$/;

function pathOf(sentence: string): string {
  return (UNKNOWN_PROPERTY.exec(sentence)?.[1] ?? sentence.split(' ', 1)[0] ?? '').slice(0, 200);
}

function joinPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((joined, part) => {
    if (typeof part === 'number') return `${joined}[${part}]`;
    return joined === '' ? String(part) : `${joined}.${String(part)}`;
  }, '');
}

function isIssue(value: unknown): value is Issue {
  if (typeof value !== 'object' || value === null) return false;
  return 'path' in value && Array.isArray(value.path) && 'message' in value && typeof value.message === 'string';
}
