import type { Surface } from './surface.js';

/** The shapes in which errors are said (wire facts D.1). */
export type Dialect = 'google' | 'google_array' | 'interactions' | 'openai';

/**
 * The dialect in which a caller on this path reads errors. Works on any path, also on one that is refused before it is
 * understood.
 */
export function dialectOf(path: string, surface: Surface | undefined, alt: string | undefined): Dialect {
  if (surface === 'openai' || path.startsWith('/openai') || path.includes('/openai/')) return 'openai';
  if (surface === 'interactions') return 'interactions';
  return path.endsWith(':streamGenerateContent') && alt !== 'sse' ? 'google_array' : 'google';
}
