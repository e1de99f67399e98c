/**
 * What is wrong with a line or its place: its bytes were `edited`; lines are `removed` before it; it stands in another
 * place than it was written (`reordered`) or is there twice (`duplicated`); the file's beginning or end is gone
 * (`truncated`); it belongs to another replica's chain (`foreign`) or to a second chain with the same numbers
 * (`forked`); or nobody has the key that signed it (`unknown_key`).
 */
export type BreakKind =
  'edited' | 'removed' | 'reordered' | 'duplicated' | 'truncated' | 'foreign' | 'forked' | 'unknown_key';

export interface ChainBreak {
  /** Counted from 1. */
  readonly line: number;
  readonly kind: BreakKind;
  /** For a reader: what was found and what was expected. */
  readonly detail: string;
}

export interface VerifyReport {
  readonly valid: boolean;
  /** Lines that were looked at. */
  readonly checked: number;
  /** In the order of the file; at most a thousand. */
  readonly breaks: readonly ChainBreak[];
}
