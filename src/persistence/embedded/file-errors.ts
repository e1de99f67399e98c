import { errorCode } from '../../kernel/error-code.js';

/** The promise's value, or undefined when it rejects with this system error. */
export async function unless<T>(errno: string, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (errorCode(error) === errno) return undefined;
    throw error;
  }
}
