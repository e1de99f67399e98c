/** The faces of the Gemini API, each with its own error dialect and traits. */
export const SURFACES = ['native', 'interactions', 'openai', 'upload', 'download', 'live'] as const;
export type Surface = (typeof SURFACES)[number];
