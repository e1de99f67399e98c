import { z } from 'zod';
import { ERROR_NAMES } from '../errors/error-bodies.js';
import { answerShapeSchema } from './answer-shape.js';

/** A regular expression, or the text of one. */
const pattern = z.union([
  z.instanceof(RegExp),
  z.string().transform((source, context) => {
    try {
      return new RegExp(source);
    } catch {
      context.addIssue({ code: 'custom', message: `"${source}" is not a regular expression` });
      return z.NEVER;
    }
  }),
]);

/** Which requests a fault is for; an absent field matches everything. */
export const faultMatchSchema = z.strictObject({
  /** Tested against the path with its query, e.g. `:generateContent`. */
  path: pattern.optional(),
  method: z.string().optional(),
  /** A key's id in the scenario, or the key itself. */
  key: z.string().optional(),
  project: z.string().optional(),
  /** Tested against the model's name without `models/`. */
  model: pattern.optional(),
  /** Only the nth request (from 1) that the other fields match. */
  nth: z.int().positive().optional(),
});

/** Where a connection is harmed: as the request arrives, before the headers, or at a byte of the body. */
const place = z.union([z.enum(['arrival', 'headers']), z.int().nonnegative()]);

export const faultActionSchema = z.discriminatedUnion('kind', [
  /** An error with the real service's status and body. */
  z.strictObject({ kind: z.literal('error'), error: z.enum(ERROR_NAMES), message: z.string().optional() }),
  /** Any answer; `{key}` in the body and the headers becomes the caller's key. */
  z.strictObject({
    kind: z.literal('answer'),
    status: z.int().min(200).max(599),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().default(''),
  }),
  /** 200 without a body. */
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('redirect'), location: z.string(), status: z.int().min(301).max(308).default(302) }),
  /** Shows the caller's key where it must never be seen. */
  z.strictObject({ kind: z.literal('echo_key'), where: z.enum(['body', 'header', 'stream_tail', 'close_reason']) }),
  /** Waits before the headers, then answers as usual. */
  z.strictObject({ kind: z.literal('delay'), delay_ms: z.number().nonnegative() }),
  /** Says nothing more, for ever; at `arrival` the request body is not read either. */
  z.strictObject({ kind: z.literal('stall'), at: place }),
  /** TCP reset; at `arrival` nothing was done, at `headers` the work was done and the answer is lost. */
  z.strictObject({ kind: z.literal('reset'), at: place }),
  /** Ends early: with FIN in the middle of the body, or (`clean`) as if the body were complete. */
  z.strictObject({ kind: z.literal('cut'), at: z.int().nonnegative(), clean: z.boolean().default(false) }),
  /**
   * Fails in a stream, in the way of its surface unless `form` names another: a raw JSON tail in a read of its own
   * (`tail`), a `data:` event (`data`), or a tail that is a JSON array (`array`). A JSON array always ends with the error.
   */
  z.strictObject({
    kind: z.literal('stream_error'),
    error: z.enum(ERROR_NAMES).default('overloaded'),
    form: z.enum(['tail', 'data', 'array']).optional(),
    after_chunks: z.int().nonnegative().default(2),
  }),
  /** Another text, size or pace. */
  answerShapeSchema.extend({ kind: z.literal('shape') }),
  /** Closes a WebSocket: once open, in place of setupComplete, in place of an answer, or amid one. */
  z.strictObject({
    kind: z.literal('close'),
    code: z.int().min(1000).max(4999),
    reason: z.string().default(''),
    at: z.enum(['open', 'setup', 'turn', 'mid_turn']).default('open'),
  }),
  /** How a Live session speaks: JSON in binary frames; goAway that long after setup. */
  z.strictObject({
    kind: z.literal('live'),
    binary: z.boolean().optional(),
    go_away_after_ms: z.number().nonnegative().optional(),
    go_away_time_left_ms: z.number().nonnegative().default(10_000),
  }),
]);

export const faultSchema = z.strictObject({
  match: faultMatchSchema.default({}),
  action: faultActionSchema,
  /** How many requests it strikes; without it, every one that matches. */
  times: z.int().positive().optional(),
});

export type FaultMatch = z.input<typeof faultMatchSchema>;
export type FaultAction = z.input<typeof faultActionSchema>;
export type Fault = z.output<typeof faultSchema>;
export type Strike = Fault['action'];
export type StrikeOf<Kind extends Strike['kind']> = Extract<Strike, { kind: Kind }>;
