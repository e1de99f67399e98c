/** The system's name of a failed call (`ENOENT`, `EACCES`); undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The promise's value, or undefined when it rejects with this system error. */
export async function unless<T>(errno: string, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (errnoOf(error) === errno) return undefined;
    throw error;
  }
}
