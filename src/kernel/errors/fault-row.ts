/** Whose fault it is: the caller's, ours, or what stands upstream. */
export type FaultSource = 'caller' | 'proxy' | 'upstream';

/** google.rpc.Code names, as Google's bodies spell them. */
export type GoogleStatus =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'RESOURCE_EXHAUSTED'
  | 'CANCELLED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED';

export interface FaultRow {
  readonly status: number;
  readonly google: GoogleStatus;
  readonly source: FaultSource;
  /** What the caller reads: says what is wrong and what to do next, and never holds a secret. */
  readonly text: string;
}

/** A row of a fault table. */
export const row = (status: number, google: GoogleStatus, source: FaultSource, text: string): FaultRow => ({
  status,
  google,
  source,
  text,
});
