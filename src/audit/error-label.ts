import { errorCode } from '../kernel/error-code.js';

/** What may be said of an error in the log: its code or its class, since messages may quote addresses and values. */
export function errorLabel(error: unknown): string {
  return errorCode(error) ?? (error instanceof Error ? error.name : 'unknown error');
}
