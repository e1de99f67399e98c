import type { GoogleError } from './google-error.js';

/** What is looked for in an error to tell what it means. */
export type Sign =
  /** The status says it all. */
  | { readonly kind: 'status' }
  /** Fields of the request are named as wrong. */
  | { readonly kind: 'bad_fields' }
  /** An ErrorInfo reason. */
  | { readonly kind: 'reason'; readonly names: ReadonlySet<string> }
  /** A code of the Interactions dialect. */
  | { readonly kind: 'code'; readonly names: ReadonlySet<string> }
  /** Google's own words. */
  | { readonly kind: 'words'; readonly pattern: RegExp };

/** The sign of an error whose status says it all. */
export const STATUS: Sign = { kind: 'status' };

/** The sign of an error that lists wrong fields of the request. */
export const BAD_FIELDS: Sign = { kind: 'bad_fields' };

/** The sign of an error with one of these ErrorInfo reasons. */
export function reasons(...names: readonly string[]): Sign {
  return { kind: 'reason', names: new Set(names) };
}

/** The sign of an error with one of these codes of the Interactions dialect. */
export function codes(...names: readonly string[]): Sign {
  return { kind: 'code', names: new Set(names) };
}

/**
 * The sign of an error whose message matches. Google quotes the request in many messages, so a pattern that leads to a
 * penalty must be anchored: only how a message begins is Google's own word.
 */
export function words(pattern: RegExp): Sign {
  return { kind: 'words', pattern };
}

/** Whether an error bears a sign. */
export function bears(error: GoogleError, sign: Sign): boolean {
  switch (sign.kind) {
    case 'status':
      return true;
    case 'bad_fields':
      return error.namesBadFields;
    case 'reason':
      return error.reasons.some((reason) => sign.names.has(reason));
    case 'code':
      return sign.names.has(error.code);
    case 'words':
      return sign.pattern.test(error.message);
  }
}
