/** The `code` that the file system and libraries give their errors, such as `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  const coded = typeof error === 'object' && error !== null && 'code' in error;
  return coded && typeof error.code === 'string' ? error.code : undefined;
}

/** What may be said of an error in the log: its code or its class, since messages may quote addresses and values. */
export function errorLabel(error: unknown): string {
  return errorCode(error) ?? (error instanceof Error ? error.name : 'unknown error');
}
