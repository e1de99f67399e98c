/** What may be said of an error in the log: its code or its class, since messages may quote addresses and values. */
export function errorLabel(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
