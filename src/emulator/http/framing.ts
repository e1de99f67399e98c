import { interactionCode } from '../errors/dialect.js';
import type { GoogleError } from '../errors/google-error.js';
import type { StrikeOf } from '../faults/fault.schema.js';
import { objectOf } from '../json.js';

type Form = NonNullable<StrikeOf<'stream_error'>['form']>;

/** An error in the middle of a stream. */
export interface Failure {
  readonly text: string;
  /** Sent after a pause, so that readers get it in a read of its own. */
  readonly alone: boolean;
}

/** How a stream is written. */
export interface Framing {
  readonly contentType: string;
  /** One event; `index` counts from 0. */
  readonly frame: (value: unknown, index: number) => string;
  /** What ends a stream of that many events. */
  readonly tail: (count: number) => string;
  readonly failure: (error: GoogleError, form: Form | undefined, index: number) => Failure;
}

const rawTail = (payload: unknown): Failure => ({ text: JSON.stringify(payload, null, 2), alone: true });

const sseFailure =
  (lineEnd: string, own: Form) =>
  (error: GoogleError, form = own): Failure => {
    if (form === 'data') return { text: `data: ${JSON.stringify({ error })}${lineEnd}${lineEnd}`, alone: false };
    return rawTail(form === 'array' ? [{ error }] : { error });
  };

export const SSE_FRAMING: Framing = {
  contentType: 'text/event-stream',
  frame: (value) => `data: ${JSON.stringify(value)}\r\n\r\n`,
  tail: () => '',
  failure: sseFailure('\r\n', 'tail'),
};

const element = (value: unknown, index: number): string =>
  `${index === 0 ? '[' : ','}${JSON.stringify(value, null, 2)}\r\n`;

export const ARRAY_FRAMING: Framing = {
  contentType: 'application/json; charset=UTF-8',
  frame: element,
  tail: (count) => (count === 0 ? '[]' : ']'),
  failure: (error, _form, index) => ({ text: `${element({ error }, index)}]`, alone: false }),
};

export const OPENAI_FRAMING: Framing = {
  contentType: 'text/event-stream',
  frame: (value) => `data: ${JSON.stringify(value)}\n\n`,
  tail: () => 'data: [DONE]\n\n',
  failure: sseFailure('\n', 'data'),
};

const namedEvent = (value: unknown): string =>
  `event: ${String(objectOf(value).event_type)}\ndata: ${JSON.stringify(value)}\n\n`;

export const INTERACTION_FRAMING: Framing = {
  contentType: 'text/event-stream',
  frame: namedEvent,
  tail: () => 'data: [DONE]\n\n',
  failure: (error, form = 'data') => {
    if (form !== 'data') return rawTail(form === 'array' ? [{ error }] : { error });
    const { message } = error;
    return {
      text: namedEvent({ event_type: 'error', error: { code: interactionCode(error), message } }),
      alone: false,
    };
  },
};
