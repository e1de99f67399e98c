import { z } from 'zod';

/** How a generated answer looks; every field may be set by a scenario for all calls or by a fault for some. */
export const answerShapeSchema = z.strictObject({
  /** The answer's text; without it, text follows from the seed and the prompt. */
  text: z.string().optional(),
  /** The answer's size in bytes of ASCII text, filled with words. */
  answer_bytes: z.int().nonnegative().optional(),
  /** Events of a stream (about 5 by default). */
  chunks: z.int().positive().optional(),
  /** Bytes of text in one event; wins over `chunks`. */
  chunk_bytes: z.int().positive().optional(),
  /** Pause between two events. */
  chunk_delay_ms: z.number().nonnegative().optional(),
  /** Pause between the headers and the first event. */
  first_chunk_delay_ms: z.number().nonnegative().optional(),
  /** `none` leaves the field out, as an interrupted stream does. */
  finish_reason: z.string().optional(),
  /** Answers with promptFeedback and no candidate. */
  block_reason: z.string().optional(),
  /** Tokens spent on thinking. */
  thought_tokens: z.int().nonnegative().optional(),
});

export type AnswerShape = z.output<typeof answerShapeSchema>;
